// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.springframework.cache.interceptor.SimpleKey;
import tools.jackson.databind.json.JsonMapper;

/** What keys and values become in Redis. */
class CodecsTest {
  private static final ClassLoader LOADER = CodecsTest.class.getClassLoader();

  private final SpringKeyCodec keys = new SpringKeyCodec();
  private final JsonMapper mapper = JsonMapper.builder().build();

  record Person(String name, int age) {}

  record Animal(String name) {}

  private JacksonValueCodec codec(String type) {
    return JacksonValueCodec.of(mapper, type, LOADER);
  }

  @Test
  void keys_ofDifferentTypeOrStructure_areDifferentAndComeBack() {
    List<Object> all =
        List.of(
            "1",
            1,
            1L,
            true,
            "true",
            "",
            "l:1",
            "{a}",
            UUID.fromString("00000000-0000-0000-0000-000000000001"),
            SimpleKey.EMPTY,
            List.of(),
            List.of("a", "b"),
            List.of("a,b"),
            List.of("ab"),
            List.of("a", "", "b"),
            List.of("3:s:a", 1),
            List.of(List.of("a"), "b"),
            List.of(List.of("a", "b")));
    Set<String> encoded = new HashSet<>();
    for (Object key : all) {
      assertThat(encoded.add(keys.encode(key))).as("%s is another key", key).isTrue();
      assertThat(keys.decode(keys.encode(key))).isEqualTo(key);
    }
  }

  @Test
  void keys_thatCouldBeTakenForOthers_areRefused() {
    for (Object key :
        List.of(new SimpleKey("a", "b"), new Object(), 1.5, List.of(1, 'c'), new String[] {"a"})) {
      assertThatThrownBy(() -> keys.encode(key))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("key must be a String, Long");
    }
    assertThatThrownBy(() -> keys.encode("a\ud800")).hasMessageContaining("stands alone");
  }

  @Test
  void keys_thatAreNone_areRefused() {
    for (String text : List.of("", "s", "x:1", "l:a", "a:9:s:a", "a:s")) {
      assertThatThrownBy(() -> keys.decode(text)).isInstanceOf(RuntimeException.class);
    }
  }

  @Test
  void values_comeBack_withTypeParametersToo() {
    JacksonValueCodec people =
        codec("java.util.List<io.scalingtoolkit.spring.cache.CodecsTest$Person>");
    List<Person> value = List.of(new Person("Ada", 36));

    assertThat(people.decode(people.encode(value))).isEqualTo(value);
  }

  @Test
  void values_ofAnotherType_areRefusedBothWays() {
    JacksonValueCodec people = codec(Person.class.getName());
    JacksonValueCodec animals = codec(Animal.class.getName());

    assertThatThrownBy(() -> people.encode(new Animal("cat")))
        .isInstanceOf(UnencodableValueException.class)
        .hasMessageContaining("values must be of type");
    assertThatThrownBy(() -> animals.decode(people.encode(new Person("Ada", 36))))
        .hasMessageContaining("must be of type");
    for (String bytes : List.of("", "abc", "abcd", "{\"name\":\"Ada\"}")) {
      assertThatThrownBy(() -> people.decode(bytes.getBytes(StandardCharsets.UTF_8)))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
