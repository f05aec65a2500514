// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.hash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ShardKeyTest {
  private static final UUID SOME = UUID.fromString("123e4567-e89b-12d3-a456-426614174000");

  @Test
  void encoded_eachType_isKeyFormatV1() {
    assertThat(hex(ShardKey.of(42))).isEqualTo("01000000000000002a");
    assertThat(hex(ShardKey.of(-2L))).isEqualTo("01fffffffffffffffe");
    assertThat(hex(ShardKey.of("alice"))).isEqualTo("02616c696365");
    assertThat(hex(ShardKey.of(""))).isEqualTo("02");
    assertThat(hex(ShardKey.of("\u00e9\u20ac\ud83d\ude00"))).isEqualTo("02c3a9e282acf09f9880");
    assertThat(hex(ShardKey.of(SOME))).isEqualTo("03123e4567e89b12d3a456426614174000");
    assertThat(hex(ShardKey.of(new byte[] {0, -1}))).isEqualTo("0400ff");
    assertThat(hex(ShardKey.of(new byte[0]))).isEqualTo("04");
    assertThat(hex(ShardKey.composite(ShardKey.of(1), ShardKey.of("a"))))
        .isEqualTo("05" + "00000009" + "010000000000000001" + "00000002" + "0261");
  }

  @Test
  void of_sameIntegerInEveryType_isOneKey() {
    ShardKey key = ShardKey.of(7L);

    assertThat(Stream.<Object>of(7L, 7, (short) 7, (byte) 7).map(ShardKey::of))
        .allMatch(key::equals)
        .allMatch(other -> other.hashCode() == key.hashCode() && other.hash() == key.hash());
    assertThat(ShardKey.of((Object) (byte) -1)).isEqualTo(ShardKey.of(-1L));
  }

  @Test
  void of_objectOfEachType_isTheKeyOfItsValue() {
    assertThat(ShardKey.of((Object) "alice")).isEqualTo(ShardKey.of("alice"));
    assertThat(ShardKey.of((Object) SOME)).isEqualTo(ShardKey.of(SOME));
    assertThat(ShardKey.of((Object) new byte[] {1})).isEqualTo(ShardKey.of(new byte[] {1}));
    ShardKey key = ShardKey.of("key");
    assertThat(ShardKey.of((Object) key)).isSameAs(key);
  }

  @Test
  void of_sameBytesInOtherTypes_areOtherKeys() {
    byte[] eight = new byte[8];

    assertThat(
            Stream.of(
                ShardKey.of(0),
                ShardKey.of(eight),
                ShardKey.of(new String(eight, StandardCharsets.US_ASCII)),
                ShardKey.of(new UUID(0, 0)),
                ShardKey.of(new byte[16]),
                ShardKey.composite(ShardKey.of(0))))
        .doesNotHaveDuplicates();
    assertThat(ShardKey.of("7")).isNotEqualTo(ShardKey.of(7));
    assertThat(ShardKey.of(SOME.toString())).isNotEqualTo(ShardKey.of(SOME));
  }

  @Test
  void of_textInTwoForms_isOneKey() {
    assertThat(ShardKey.of("e\u0301cole")).isEqualTo(ShardKey.of("\u00e9cole"));
    assertThat(ShardKey.of("\u212b")).isEqualTo(ShardKey.of("A\u030a"));
    assertThat(ShardKey.of("Alice")).isNotEqualTo(ShardKey.of("alice"));
    assertThat(ShardKey.of("\ufb01")).as("only canonical forms").isNotEqualTo(ShardKey.of("fi"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"\ud83d", "a\ud83d", "\ude00", "\ud83da", "\ude00\ud83d", "\u00e9\ud83d"})
  void of_unpairedSurrogate_isRefused(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ShardKey.of(text))
        .withMessageContaining("unpaired surrogate at index");
  }

  static Stream<@Nullable Object> otherTypes() {
    return Stream.of(
        1.0, 1.0f, BigDecimal.ONE, BigInteger.ONE, 'a', true, new int[1], new StringBuilder("a"));
  }

  @ParameterizedTest
  @MethodSource("otherTypes")
  void of_anotherType_isRefusedByItsName(Object value) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ShardKey.of(value))
        .withMessage(
            "a shard key must be Long, Integer, Short, Byte, String, UUID or byte[], but is "
                + value.getClass().getTypeName());
  }

  @Test
  void of_null_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ShardKey.of((Object) null))
        .withMessageEndingWith("but is null");
  }

  @Test
  void bytes_changedByTheCaller_doNotChangeTheKey() {
    byte[] given = {1, 2};
    ShardKey key = ShardKey.of(given);
    given[0] = 9;
    key.encoded()[0] = 9;

    assertThat(key).isEqualTo(ShardKey.of(new byte[] {1, 2}));
    assertThat(hex(key)).isEqualTo("040102");
  }

  @Test
  void composite_otherSplitOfTheSameText_isAnotherKey() {
    ShardKey ab = ShardKey.of("ab");
    ShardKey c = ShardKey.of("c");
    ShardKey abc = ShardKey.composite(ab, c);

    assertThat(abc).isEqualTo(ShardKey.composite(ShardKey.of("ab"), ShardKey.of("c")));
    assertThat(
            Stream.of(
                abc,
                ShardKey.composite(ShardKey.of("a"), ShardKey.of("bc")),
                ShardKey.composite(c, ab),
                ShardKey.composite(ShardKey.of("abc")),
                ShardKey.composite(abc),
                ShardKey.composite(ShardKey.composite(ab), c),
                ShardKey.of("abc")))
        .doesNotHaveDuplicates();
  }

  @Test
  void toString_ofEachType_doesNotTellTheValue() {
    assertThat(
            Stream.of(
                    ShardKey.of(424242),
                    ShardKey.of("alice"),
                    ShardKey.of(SOME),
                    ShardKey.of(new byte[] {42}),
                    ShardKey.composite(ShardKey.of("alice")))
                .map(ShardKey::toString))
        .containsExactly(
            "ShardKey[integer]",
            "ShardKey[text]",
            "ShardKey[UUID]",
            "ShardKey[bytes]",
            "ShardKey[composite]");
  }

  private static String hex(ShardKey key) {
    return HexFormat.of().formatHex(key.encoded());
  }
}
