// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class SecurityPropertiesTest {

  private static final SecurityProperties.Hashing HASHING =
      new SecurityProperties.Hashing(19_456, 2, 0, 64, Duration.ofSeconds(1));

  @Test
  void create_tokenLongerThan15Minutes_namesSettingRuleAndValue() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> settings(Duration.ofMinutes(16), List.of()))
        .withMessage(
            "app.security.access-token-lifetime must be between 1s and 15m but is 'PT16M'");
  }

  @Test
  void create_originThatIsNone_isRefused() {
    assertThat(
            settings(
                Duration.ofMinutes(1), List.of("https://shop.example", "http://localhost:3000")))
        .isNotNull();
    for (String wrong :
        List.of("*", "null", "shop.example", "https://shop.example/", "https://a@b.example")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> settings(Duration.ofMinutes(1), List.of(wrong)))
          .withMessageContaining("cors-allowed-origins");
    }
  }

  @Test
  void createHashing_weakCost_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new SecurityProperties.Hashing(1024, 2, 0, 64, Duration.ofSeconds(1)))
        .withMessageContaining("hashing.memory-kib");
  }

  @Test
  void places_withoutASetting_fitCoresAndHeap() {
    assertThat(HASHING.places(2, 256L << 20)).isEqualTo(2);
    assertThat(HASHING.places(64, 256L << 20)).isEqualTo(3);
    assertThat(HASHING.places(64, 16L << 20)).isEqualTo(1);
    assertThat(HASHING.places(64, 1L << 40)).isEqualTo(64);
  }

  @Test
  void places_withASetting_areTheSetting() {
    SecurityProperties.Hashing set =
        new SecurityProperties.Hashing(19_456, 2, 7, 64, Duration.ofSeconds(1));

    assertThat(set.places(2, 16L << 20)).isEqualTo(7);
  }

  private static SecurityProperties settings(Duration token, List<String> origins) {
    return new SecurityProperties(
        null, "urn:test", "test", token, Duration.ofDays(1), 10, false, origins, HASHING);
  }
}
