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

class EmailAddressTest {

  @ParameterizedTest
  @CsvSource({
    "Ann@Example.ORG, ann@example.org",
    "ａｎｎ@example.org, ann@example.org",
    "STRASSE@example.org, strasse@example.org",
    "straße@example.org, strasse@example.org",
    "o'neil+tag@a-b.example.org, o'neil+tag@a-b.example.org",
    "ann@bücher.example, ann@xn--bcher-kva.example",
    "ann@XN--BCHER-KVA.example, ann@xn--bcher-kva.example"
  })
  void parse_validAddress_hasCaselessKey(String input, String key) {
    assertThat(EmailAddress.parse(input).key()).isEqualTo(key);
  }

  @Test
  void parse_composedAndDecomposed_haveOneKey() {
    assertThat(EmailAddress.parse("jose\u0301@example.org").key())
        .isEqualTo(EmailAddress.parse("jos\u00e9@example.org").key());
  }

  @Test
  void parse_surroundingSpace_isNotPartOfTheAddress() {
    assertThat(EmailAddress.parse("  ann@example.org ").text()).isEqualTo("ann@example.org");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "@",
        "ann",
        "@example.org",
        "ann@",
        "ann@example",
        "ann@@example.org",
        "a nn@example.org",
        "ann\r\nBcc: x@example.org",
        "ann\u0000@example.org",
        ".ann@example.org",
        "ann.@example.org",
        "a..b@example.org",
        "<ann>@example.org",
        "ann@-example.org",
        "ann@example..org",
        "ann@127.0.0.1",
        "ann@exam_ple.org",
        "ann\u200b@example.org"
      })
  void parse_invalidAddress_isRefusedWithoutQuotingIt(String input) {
    assertThatExceptionOfType(InvalidNameException.class)
        .isThrownBy(() -> EmailAddress.parse(input))
        .satisfies(e -> assertThat(e.rule()).doesNotContain("Bcc").isNotBlank());
  }

  @Test
  void parse_254Characters_isTheLimit() {
    String domain = ("d".repeat(60) + ".").repeat(3) + "org";
    String longest = "a".repeat(64) + "@" + domain + "x".repeat(254 - 65 - domain.length());

    assertThat(EmailAddress.parse(longest).text()).hasSize(254);
    assertThatExceptionOfType(InvalidNameException.class)
        .isThrownBy(() -> EmailAddress.parse(longest + "x"));
    assertThatExceptionOfType(InvalidNameException.class)
        .isThrownBy(() -> EmailAddress.parse("a".repeat(65) + "@example.org"));
  }

  @Property(tries = 5000)
  void parse_anyText_isRefusedOrHasAStableKey(@ForAll String local) {
    String input = local + "@example.org";
    EmailAddress parsed;
    try {
      parsed = EmailAddress.parse(input);
    } catch (InvalidNameException refused) {
      assertThat(refused.rule()).isNotBlank();
      return;
    }
    assertThat(EmailAddress.parse(parsed.text())).isEqualTo(parsed);
    assertThat(EmailAddress.parse(parsed.key()).key()).isEqualTo(parsed.key());
    assertThat(parsed.key()).hasSizeLessThanOrEqualTo(255);
  }
}
