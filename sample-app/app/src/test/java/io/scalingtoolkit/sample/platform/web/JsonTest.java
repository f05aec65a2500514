// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;
import tools.jackson.core.json.JsonFactoryBuilder;
import tools.jackson.databind.json.JsonMapper;

/** What the strict mapper takes, what it refuses, and what it says then. */
final class JsonTest {

  private static final JsonMapper MAPPER = mapper();

  record Body(@Nullable String name, @Nullable JsonText data) {}

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"n\":123456789012345678901234567890}",
        "{\"n\":1e400,\"m\":-1E-400,\"z\":-0.0}",
        "{\"a\":[{},[],null,true,false,\"\"]}",
        "{\"s\":\"a\\u0000b\"}"
      })
  void data_anyObject_keepsItsText(String data) {
    Body body = MAPPER.readValue("{ \"data\" : " + data + " }", Body.class);

    assertThat(body.data()).isNotNull();
    assertThat(body.data().text()).isEqualTo(data);
    assertThat(MAPPER.writeValueAsString(body)).contains(data);
  }

  @Test
  void data_spaces_goButNotInStrings() {
    Body body = MAPPER.readValue("{\"data\":{ \"a b\" : [ 1 , \" x \" ] }}", Body.class);

    assertThat(body.data()).isEqualTo(new JsonText("{\"a b\":[1,\" x \"]}", 2));
  }

  @Property(tries = 300)
  void data_anyString_comesBack(@ForAll String text) {
    if (!UnicodeText.hasLoneSurrogate(text)) {
      String json = MAPPER.writeValueAsString(java.util.Map.of("k", text));

      Body body = MAPPER.readValue("{\"data\":" + json + "}", Body.class);

      assertThat(MAPPER.readTree(body.data().text()).get("k").asString()).isEqualTo(text);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"unknown\":1}",
        "{\"name\":\"a\",\"name\":\"b\"}",
        "{\"data\":{\"a\":1,\"a\":2}}",
        "[]",
        "{} {}",
        "{\"name\":5",
        "{\"data\":[1,",
        "{\"data\":{\"n\":01}}"
      })
  void body_malformed_is400(String body) {
    assertThat(fault(body).type()).isEqualTo(ProblemType.BAD_REQUEST);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"name\":5}",
        "{\"name\":{}}",
        "{\"name\":\"a\\u0000\"}",
        "{\"name\":\"\\ud800\"}",
        "{\"data\":[]}",
        "{\"data\":\"{}\"}",
        "{\"data\":{\"k\":\"\\udc00\"}}",
        "{\"data\":{\"n\":1e99999999999999999999}}"
      })
  void field_brokenRule_is422ThatNamesItAndNoClass(String body) {
    Problem problem = fault(body);

    assertThat(problem.type()).isEqualTo(ProblemType.UNPROCESSABLE_CONTENT);
    assertThat(problem.errors())
        .singleElement()
        .satisfies(
            error -> {
              assertThat(error.field()).isIn("name", "data");
              assertThat(error.message()).startsWith("must").doesNotContain("java", "Jackson");
            });
  }

  @Test
  void depth_absurd_is400() {
    assertThat(fault("{\"data\":" + "{\"a\":".repeat(5_000)).type())
        .isEqualTo(ProblemType.BAD_REQUEST);
  }

  private static Problem fault(String body) {
    Problem[] found = new Problem[1];
    assertThatThrownBy(() -> MAPPER.readValue(body, Body.class))
        .isInstanceOf(JacksonException.class)
        .satisfies(failure -> found[0] = JsonFaults.of(failure));
    return found[0];
  }

  static JsonMapper mapper() {
    JsonFactoryBuilder factory = new JsonFactoryBuilder();
    new JsonConfiguration().boundedJson().customize(factory);
    JsonMapper.Builder builder = JsonMapper.builder(factory.build());
    JsonConfiguration.makeStrict(builder);
    return builder.build();
  }
}
