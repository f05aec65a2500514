// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.account;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class RefreshTokenTest {

  private static final String USER = "0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";

  private final SecureRandom random = new SecureRandom();

  @Test
  void next_sameFamilyAndOtherSecret() {
    RefreshToken first = RefreshToken.first(USER, random);

    RefreshToken second = first.next(random);

    assertThat(second.familyHash()).isEqualTo(first.familyHash());
    assertThat(second.secretHash()).isNotEqualTo(first.secretHash());
    assertThat(second.text()).isNotEqualTo(first.text());
  }

  @Test
  void parse_textOfToken_hasTheSameHashes() {
    RefreshToken token = RefreshToken.first(USER, random);

    RefreshToken parsed = RefreshToken.parse(token.text()).orElseThrow();

    assertThat(parsed.familyHash()).isEqualTo(token.familyHash());
    assertThat(parsed.secretHash()).isEqualTo(token.secretHash());
  }

  @Test
  void hashes_knownToken_areTheStoredForm() {
    RefreshToken zero = RefreshToken.parse("A".repeat(86)).orElseThrow();

    assertThat(zero.familyHash())
        .isEqualTo("374708fff7719dd5979ec875d56cd2286f6d3cf7ec317a3b25632aab28ec37bb");
    assertThat(zero.secretHash())
        .isEqualTo("66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925");
  }

  @Test
  void parse_textOfToken_knowsTheUser() {
    RefreshToken token = RefreshToken.first(USER, random).next(random);

    assertThat(RefreshToken.parse(token.text()).orElseThrow().userId()).isEqualTo(USER);
  }

  @Test
  void parse_spareBitsOfLastCharacterSet_isNoToken() {
    assertThat(RefreshToken.parse("A".repeat(85) + "B")).isEmpty();
  }

  @Test
  void parse_paddedText_isNoToken() {
    assertThat(RefreshToken.parse("A".repeat(85) + "=")).isEmpty();
    assertThat(RefreshToken.parse("A".repeat(86) + "==")).isEmpty();
  }

  @Test
  void first_twice_sharesNothing() {
    assertThat(RefreshToken.first(USER, random).familyHash())
        .isNotEqualTo(RefreshToken.first(USER, random).familyHash());
  }

  @Test
  void toString_token_staysSecret() {
    RefreshToken token = RefreshToken.first(USER, random);

    assertThat(token.toString()).doesNotContain(token.text());
  }

  @Property(tries = 2000)
  void parse_anyText_neverThrows(@ForAll String text) {
    assertThat(RefreshToken.parse(text).map(RefreshToken::text).orElse(text)).isEqualTo(text);
  }
}
