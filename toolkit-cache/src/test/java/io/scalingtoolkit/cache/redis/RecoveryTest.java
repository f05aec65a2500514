// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.cache.internal.Line;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class RecoveryTest {
  private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 1); // nanoTime may wrap
  private final Recovery recovery = new Recovery(clock::get);

  private Line load() {
    return recovery.lineSince(clock.incrementAndGet());
  }

  @Test
  void lineSince_noRecoverySince_isGood() {
    assertThat(load().isGood(0)).isTrue();

    recovery.now();
    assertThat(load().isGood(0)).as("a load after it").isTrue();
  }

  @Test
  void lineSince_recoveryInTheSameMoment_isNotGood() {
    Line line = load();

    recovery.now();

    assertThat(line.isGood(0)).isFalse();
  }

  @Test
  void look_nothingLeftToTell_isARecovery() {
    recovery.look(false);
    Line before = load();
    recovery.look(true);
    Line meanwhile = load();
    recovery.look(true);
    assertThat(before.isGood(0)).isTrue();
    assertThat(meanwhile.isGood(0)).isTrue();

    recovery.look(false);

    assertThat(before.isGood(0)).isFalse();
    assertThat(meanwhile.isGood(0)).isFalse();
    Line after = load();
    recovery.look(false);
    assertThat(after.isGood(0)).isTrue();
  }
}
