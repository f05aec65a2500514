// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TargetTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/api/items",
        "/api/items/a%20b.c~d_e-f",
        "/api/items/...",
        "/api/items/.hidden/x..y",
        "/api/items/a%3Bb+c,d=e:f@g!$&'()*",
        "/api/actuator",
        "/actuator/health",
        "/actuator/health/readiness",
        "/actuator/health/a-b_C9/d"
      })
  void of_plainPath_isOpen(String path) {
    assertThat(Target.of(path, "")).isEqualTo(Target.OPEN);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/actuator",
        "/actuator/",
        "/actuator/env",
        "/ACTUATOR/env",
        "/%61ctuator",
        "/%41CTUATOR",
        "/actuatorx",
        "/actuator/health/",
        "/actuator/healthx",
        "/actuator%2Fenv",
        "/actuator/health%2Fx",
        "/%61ctuator/health"
      })
  void of_actuator_isHidden(String path) {
    assertThat(Target.of(path, "")).isEqualTo(Target.HIDDEN);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "x",
        "*",
        "//x",
        "/x//y",
        "/x%2F/y",
        "/%2f/y",
        "/.",
        "/..",
        "/./x",
        "/x/..",
        "/x/%2e%2e/y",
        "/x/.%2E",
        "/x;a",
        "/x/..;/y",
        "/x\\y",
        "/x%5Cy",
        "/x%00",
        "/x%0ay",
        "/x%7f",
        "/x%",
        "/x%2",
        "/x%zz",
        "/x y",
        "/x\u00e9",
        "/x\"y",
        "/x#y",
        "/x{y}",
        "/x|y",
        "/x^y"
      })
  void of_pathThatCanBeReadInTwoWays_isMalformed(String path) {
    assertThat(Target.of(path, "")).isEqualTo(Target.MALFORMED);
  }

  @Test
  void of_query_mayHoldWhatBrowsersSendAndNoControls() {
    assertThat(Target.of("/x", "a={b}|c^\"[d]//..;\\%zz")).isEqualTo(Target.OPEN);
    assertThat(Target.of("/x", "a b")).isEqualTo(Target.MALFORMED);
    assertThat(Target.of("/x", "a\r\nb")).isEqualTo(Target.MALFORMED);
    assertThat(Target.of("/x", "a\u00e9")).isEqualTo(Target.MALFORMED);
  }

  @Test
  void of_longPath_needsNoDeepStack() {
    assertThat(Target.of("/a".repeat(8000), "")).isEqualTo(Target.OPEN);
    assertThat(Target.of("/" + "a".repeat(16_000), "")).isEqualTo(Target.OPEN);
    assertThat(Target.of("/" + "%20".repeat(5000), "")).isEqualTo(Target.OPEN);
    assertThat(Target.of("/actuator/health" + "/a".repeat(8000), "")).isEqualTo(Target.HIDDEN);
    assertThat(Target.of("/x", "a".repeat(16_000))).isEqualTo(Target.OPEN);
  }
}
