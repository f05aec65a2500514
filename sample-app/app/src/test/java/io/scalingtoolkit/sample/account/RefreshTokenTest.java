// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.account;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class RefreshTokenTest {

  private final SecureRandom random = new SecureRandom();

  @Test
  void next_sameFamilyAndOtherSecret() {
    RefreshToken first = RefreshToken.first(random);

    RefreshToken second = first.next(random);

    assertThat(second.familyHash()).isEqualTo(first.familyHash());
    assertThat(second.secretHash()).isNotEqualTo(first.secretHash());
    assertThat(second.text()).isNotEqualTo(first.text());
  }

  @Test
  void parse_textOfToken_hasTheSameHashes() {
    RefreshToken token = RefreshToken.first(random);

    RefreshToken parsed = RefreshToken.parse(token.text()).orElseThrow();

    assertThat(parsed.familyHash()).isEqualTo(token.familyHash());
    assertThat(parsed.secretHash()).isEqualTo(token.secretHash());
  }

  @Test
  void hashes_knownToken_areTheStoredForm() {
    RefreshToken zero = RefreshToken.parse("A".repeat(64)).orElseThrow();

    assertThat(zero.familyHash())
        .isEqualTo("374708fff7719dd5979ec875d56cd2286f6d3cf7ec317a3b25632aab28ec37bb");
    assertThat(zero.secretHash())
        .isEqualTo("66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925");
  }

  @Test
  void parse_paddedText_isNoToken() {
    assertThat(RefreshToken.parse("A".repeat(63) + "=")).isEmpty();
    assertThat(RefreshToken.parse("A".repeat(62) + "==")).isEmpty();
  }

  @Test
  void first_twice_sharesNothing() {
    assertThat(RefreshToken.first(random).familyHash())
        .isNotEqualTo(RefreshToken.first(random).familyHash());
  }

  @Test
  void toString_token_staysSecret() {
    RefreshToken token = RefreshToken.first(random);

    assertThat(token.toString()).doesNotContain(token.text());
  }

  @Property(tries = 2000)
  void parse_anyText_neverThrows(@ForAll String text) {
    assertThat(RefreshToken.parse(text).map(RefreshToken::text).orElse(text)).isEqualTo(text);
  }
}
