// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Entity tags and how they are compared. */
final class EntityTagTest {
  private static final EntityTag CURRENT = new EntityTag("a,b", false);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"a,b\"",
        "W/\"a,b\"",
        "*",
        "  *\t",
        "\"x\", \"a,b\"",
        "\"x\",W/\"a,b\" , \"y\"",
        ", ,\"a,b\",,"
      })
  void matches_whatNamesTheTag_isTrue(String header) {
    assertThat(EntityTag.matches(List.of(header), CURRENT)).isTrue();
    assertThat(EntityTag.matches(List.of(header), CURRENT.asWeak())).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a,b",
        "\"a\"",
        "\"b\"",
        "\"A,B\"",
        "w/\"a,b\"",
        "\"a,b",
        "W/",
        "\"a,b\" \"x\"",
        "\"a,b\", x",
        "*, \"x\"",
        "\"*\""
      })
  void matches_whatDoesNot_isFalse(String header) {
    assertThat(EntityTag.matches(List.of(header), CURRENT)).isFalse();
  }

  @Test
  void matches_severalHeaders_areOneList() {
    assertThat(EntityTag.matches(List.of("\"x\"", "\"a,b\""), CURRENT)).isTrue();
    assertThat(EntityTag.matches(List.of("\"a", "b\""), CURRENT)).isTrue();
    assertThat(EntityTag.matches(List.of(), CURRENT)).isFalse();
    assertThat(EntityTag.matches(List.of("*"), null)).as("nothing to have").isFalse();
  }

  @Test
  void header_ofEachKind_isQuoted() {
    assertThat(EntityTag.ofVersion(255).header()).isEqualTo("\"ff\"");
    assertThat(EntityTag.ofVersion("v7").asWeak().header()).isEqualTo("W/\"v7\"");
    assertThat(EntityTag.ofBytes("abc".getBytes(StandardCharsets.UTF_8)).header())
        .as("the first 16 bytes of SHA-256 of abc, ba7816bf 8f01cfea 414140de 5dae2223")
        .isEqualTo("\"ungWv48Bz-pBQUDeXa4iIw\"");
  }

  @ParameterizedTest
  @CsvSource({"''", "'a b'", "'a\"b'", "'\u00e4'"})
  void tag_ofWhatNoHeaderCanHave_isRefused(String value) {
    assertThatThrownBy(() -> EntityTag.ofVersion(value))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("an entity tag must be 1 to 128 visible ASCII characters");
  }
}
