// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.replication.internal.engine.Role;
import io.scalingtoolkit.replication.internal.engine.Sample;
import io.scalingtoolkit.replication.mysql.MariaDbPosition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RecentReadingsTest {
  private final StubCluster stub = new StubCluster("a");
  private final Incarnation server = new Incarnation(stub.node("a"), "a#1");
  private final RecentReadings recent = new RecentReadings();

  @AfterEach
  void close() {
    stub.close();
  }

  private Reading add(Role role, long sent, Incarnation of) {
    Sample sample =
        new Sample(role, "", 0, of.id(), MariaDbPosition.parse("0-1-" + sent), sent, sent);
    Reading reading = new Reading(sample, of);
    recent.add(reading);
    return reading;
  }

  private static @Nullable Long sent(@Nullable Reading reading) {
    return reading == null ? null : reading.sample().sentNanos();
  }

  @Test
  void firstSentAfter_amongOthers_isTheFirstThatIsStrictlyLater() {
    add(Role.PRIMARY, 10, server);
    add(Role.PRIMARY, 20, server);
    Reading latest = add(Role.PRIMARY, 30, server);

    assertThat(sent(recent.firstSentAfter(9, latest))).isEqualTo(10);
    assertThat(sent(recent.firstSentAfter(10, latest))).isEqualTo(20);
    assertThat(sent(recent.firstSentAfter(29, latest))).isEqualTo(30);
    assertThat(recent.firstSentAfter(30, latest)).isNull();
  }

  @Test
  void firstSentAfter_otherServerOrRoleBetween_staysAfterThem() {
    add(Role.PRIMARY, 10, new Incarnation(stub.node("a"), "a#0"));
    add(Role.REPLICA, 20, server);
    Reading first = add(Role.PRIMARY, 30, server);
    Reading latest = add(Role.PRIMARY, 40, server);

    assertThat(recent.firstSentAfter(5, latest)).isSameAs(first);
  }

  @Test
  void firstSentAfter_fartherBackThanIsKept_isTheOldestKept() {
    Reading latest = add(Role.PRIMARY, 0, server);
    for (int i = 1; i <= 1_000; i++) {
      latest = add(Role.PRIMARY, i, server);
    }

    assertThat(sent(recent.firstSentAfter(-1, latest)))
        .isEqualTo(1_000 - RecentReadings.ENTRIES + 1);
  }
}
