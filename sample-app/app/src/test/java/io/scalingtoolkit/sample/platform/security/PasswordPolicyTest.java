// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.security;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PasswordPolicyTest {

  private final PasswordPolicy policy = PasswordPolicy.packaged();

  @ParameterizedTest
  @ValueSource(
      strings = {"eight ch", "        x        ", "только буквы", "漢字漢字漢字漢字", "tr0ub4dor&3"})
  void violation_noCompositionRules_isNull(String password) {
    assertThat(policy.violation(password)).isNull();
  }

  @Test
  void violation_length_isEightTo256CharactersAfterNormalisation() {
    assertThat(policy.violation("1 shor7")).contains("at least 8");
    assertThat(policy.violation("x1".repeat(128))).isNull();
    assertThat(policy.violation("x1".repeat(128) + "y")).contains("at most 256");
    assertThat(policy.violation("x".repeat(1_000_000))).contains("at most 256");
    assertThat(policy.violation("😀".repeat(8))).isNull();
    assertThat(policy.violation("😀".repeat(7))).contains("at least 8");
    assertThat(policy.violation("\u0065\u0301".repeat(7))).contains("at least 8");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"password", "PassWord1", "ｐａｓｓｗｏｒｄ", "12345678", "QWERTYUIOP", "iloveyou"})
  void violation_commonPassword_isRefusedInAnyCaseAndWidth(String password) {
    assertThat(policy.violation(password)).contains("common");
  }

  @Test
  void violation_ownName_isRefused() {
    assertThat(policy.violation("Ann@Example.org", "ann@example.org", "ann.lee.b"))
        .contains("must not be");
    assertThat(policy.violation("ANN.lee.b", "ann@example.org", "ann.lee.b"))
        .contains("must not be");
  }

  @Test
  void violation_loneSurrogate_isRefused() {
    assertThat(policy.violation("password-\ud800-x")).contains("Unicode");
  }
}
