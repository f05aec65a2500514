// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

final class EtagsTest {

  @ParameterizedTest
  @NullSource
  @ValueSource(strings = {"*", " * ", "\"3\"", "\"1\", \"3\"", "W/\"3\",\"3\""})
  void requireMatch_absentOrMatching_passes(String header) {
    assertThatCode(() -> Etags.requireMatch(header, 3)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"2\"", "W/\"3\"", "3", "", "\"3", "\"33\"", "nonsense", ","})
  void requireMatch_otherWeakOrGarbage_is412(String header) {
    assertThatThrownBy(() -> Etags.requireMatch(header, 3))
        .isInstanceOfSatisfying(
            Problem.class,
            problem -> assertThat(problem.type()).isEqualTo(ProblemType.PRECONDITION_FAILED));
  }

  @ParameterizedTest
  @ValueSource(strings = {"*", "\"3\"", "W/\"3\"", "\"1\", W/\"3\""})
  void isCurrent_sameVersion_isTrueAlsoWhenWeak(String header) {
    assertThat(Etags.isCurrent(header, 3)).isTrue();
  }

  @Test
  void isCurrent_absentOrOther_isFalse() {
    assertThat(Etags.isCurrent(null, 3)).isFalse();
    assertThat(Etags.isCurrent("\"4\"", 3)).isFalse();
  }
}
