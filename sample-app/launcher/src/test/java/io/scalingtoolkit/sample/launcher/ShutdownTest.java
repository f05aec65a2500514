// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class ShutdownTest {

  @Test
  void of_processThatObeys_isGraceful() throws Exception {
    Process process = new ProcessBuilder("sleep", "300").start();

    assertThat(Shutdown.of(process.toHandle(), Duration.ofSeconds(30)))
        .isEqualTo(Shutdown.GRACEFUL);
    assertThat(process.isAlive()).isFalse();
  }

  @Test
  void of_processThatIgnoresTheSignal_isForced() throws Exception {
    Process process =
        new ProcessBuilder("sh", "-c", "trap '' TERM; echo armed; exec sleep 300").start();
    try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
      assertThat(output.readLine()).isEqualTo("armed");

      assertThat(Shutdown.of(process.toHandle(), Duration.ofMillis(50))).isEqualTo(Shutdown.FORCED);
    }
    assertThat(process.isAlive()).isFalse();
  }

  @Test
  void of_processThatHasEnded_isGraceful() throws Exception {
    Process process = new ProcessBuilder("true").start();
    process.waitFor();

    assertThat(Shutdown.of(process.toHandle(), Duration.ofSeconds(30)))
        .isEqualTo(Shutdown.GRACEFUL);
  }
}
