// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.core.consistency.Position;
import io.scalingtoolkit.replication.internal.engine.Role;
import io.scalingtoolkit.replication.internal.engine.Sample;
import io.scalingtoolkit.replication.mysql.MariaDbPosition;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PrimaryHistoryTest {
  private final PrimaryHistory history = new PrimaryHistory();

  private static Position at(long sequence) {
    return MariaDbPosition.parse("0-1-" + sequence);
  }

  private void add(long millis, long sequence) {
    long sent = TimeUnit.MILLISECONDS.toNanos(millis);
    history.add(new Sample(Role.PRIMARY, "", 0, "a", at(sequence), sent, sent));
  }

  private long coveredMillis(long sequence) {
    long nanos = history.sentOfNewestCovered(at(sequence));
    return nanos == PrimaryHistory.NONE ? -1 : TimeUnit.NANOSECONDS.toMillis(nanos);
  }

  @Test
  void sentOfNewestCovered_nothingKnownOrNothingCovered_isNone() {
    assertThat(coveredMillis(5)).isEqualTo(-1);
    add(10, 6);
    assertThat(coveredMillis(5)).isEqualTo(-1);
  }

  @Test
  void sentOfNewestCovered_betweenSamples_isTheOlder() {
    add(10, 1);
    add(20, 5);
    add(30, 9);

    assertThat(coveredMillis(4)).isEqualTo(10);
    assertThat(coveredMillis(5)).isEqualTo(20);
    assertThat(coveredMillis(8)).isEqualTo(20);
    assertThat(coveredMillis(100)).isEqualTo(30);
  }

  @Test
  void add_idlePrimary_keepsTheEndFresh() {
    for (int i = 0; i < 20_000; i++) {
      add(i, 7);
    }
    assertThat(coveredMillis(7)).isEqualTo(19_999);
  }

  @Test
  void add_samplesCloseTogether_neverMakeAPositionOlderThanItWas() {
    add(10, 1);
    add(11, 2);
    add(12, 3);
    add(13, 4);

    assertThat(coveredMillis(4)).isEqualTo(13);
    // What was known in between is forgotten, to the side of more age.
    assertThat(coveredMillis(3)).isEqualTo(10);
  }

  @Test
  void add_moreThanFit_forgetsTheOldest() {
    for (int i = 1; i <= 6_000; i++) {
      add(10L * i, i);
    }
    assertThat(coveredMillis(6_000)).isEqualTo(60_000);
    assertThat(coveredMillis(6_000 - 4_095)).isEqualTo(10L * (6_000 - 4_095));
    assertThat(coveredMillis(6_000 - 4_096)).isEqualTo(-1);
  }

  @Test
  void clear_forgetsAll() {
    add(10, 1);
    history.clear();
    assertThat(coveredMillis(9)).isEqualTo(-1);
    add(20, 2);
    assertThat(coveredMillis(9)).isEqualTo(20);
  }
}
