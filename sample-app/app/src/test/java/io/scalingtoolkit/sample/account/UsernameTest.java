// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UsernameTest {

  @ParameterizedTest
  @CsvSource({
    "Ann, ann",
    "ann_b.c-1, ann_b.c-1",
    "ＡＮＮ, ann",
    "Weiß, weiss",
    "WEIẞ, weiss",
    "ΟΔΥΣΣΕΥΣ, οδυσσευσ",
    "οδυσσευς, οδυσσευσ",
    "Ольга, ольга",
    "山田たろう, 山田たろう",
    "हिन्दी, हिन्दी",
    "홍길동123, 홍길동123"
  })
  void parse_oneScript_hasCaselessKey(String input, String key) {
    assertThat(Username.parse(input).key()).isEqualTo(key);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "ab",
        "a b c",
        "ann@example",
        "-ann",
        ".ann",
        "_ann",
        "ann\u200d1",
        "ann\ufe0f1",
        "ann\u034f1",
        "ann\u0000",
        "ann/../x",
        "'; DROP TABLE users",
        "\u115f\u1160\u3164",
        "😀😀😀"
      })
  void parse_otherCharacters_isRefused(String input) {
    assertThatExceptionOfType(InvalidNameException.class).isThrownBy(() -> Username.parse(input));
  }

  @ParameterizedTest
  @ValueSource(strings = {"аdmin", "admіn", "αdmin", "annЯ", "аре", "ХОР", "νου"})
  void parse_mixedOrImitatedScript_isRefused(String homoglyph) {
    assertThatExceptionOfType(InvalidNameException.class)
        .isThrownBy(() -> Username.parse(homoglyph))
        .satisfies(e -> assertThat(e.rule()).contains("letters"));
  }

  @Test
  void parse_length_isThreeToHundred() {
    assertThat(Username.parse("abc").text()).isEqualTo("abc");
    assertThat(Username.parse("a".repeat(100)).text()).hasSize(100);
    assertThatExceptionOfType(InvalidNameException.class)
        .isThrownBy(() -> Username.parse("a".repeat(101)));
  }

  @Property(tries = 5000)
  void parse_anyText_isRefusedOrHasAStableKey(@ForAll String input) {
    Username parsed;
    try {
      parsed = Username.parse(input);
    } catch (InvalidNameException refused) {
      assertThat(refused.rule()).isNotBlank();
      return;
    }
    assertThat(Username.parse(parsed.text())).isEqualTo(parsed);
    assertThat(CaseFolding.fold(parsed.key())).isEqualTo(parsed.key());
    assertThat(parsed.text()).doesNotContain("@");
    assertThat(parsed.key()).hasSizeLessThanOrEqualTo(300);
  }

  @Property(tries = 5000)
  void fold_anyText_isIdempotent(@ForAll String text) {
    String once = CaseFolding.fold(text);

    assertThat(CaseFolding.fold(once)).isEqualTo(once);
  }
}
