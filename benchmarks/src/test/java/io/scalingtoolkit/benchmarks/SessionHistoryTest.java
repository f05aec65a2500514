// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

final class SessionHistoryTest {
  private static final OptionalLong GONE = OptionalLong.empty();

  private final ReadCounts counts = new ReadCounts();
  private final SessionHistory session = new SessionHistory(counts);

  @Test
  void read_versionOfOwnWriteOrLater_isFresh() {
    session.wrote("a", 3);
    session.read("a", OptionalLong.of(3));
    session.read("a", OptionalLong.of(7));

    assertThat(counts.ownWrites()).isEqualTo(2);
    assertThat(counts.olderThanWritten()).isZero();
    assertThat(counts.earlierReads()).isEqualTo(1);
    assertThat(counts.olderThanRead()).isZero();
  }

  @Test
  void read_versionBeforeOwnWrite_isStale() {
    session.wrote("a", 3);
    session.read("a", OptionalLong.of(2));

    assertThat(counts.olderThanWritten()).isEqualTo(1);
  }

  @Test
  void read_ownCreationNotThere_isStale() {
    session.wrote("a", 1);
    session.read("a", GONE);

    assertThat(counts.ownWrites()).isEqualTo(1);
    assertThat(counts.olderThanWritten()).isEqualTo(1);
  }

  @Test
  void read_answersOfWritesOutOfOrder_areJudgedByTheLatest() {
    session.wrote("a", 5);
    session.wrote("a", 4);
    session.read("a", OptionalLong.of(4));

    assertThat(counts.olderThanWritten()).isEqualTo(1);
  }

  @Test
  void read_versionBeforeAnEarlierRead_isCountedApart() {
    session.read("a", OptionalLong.of(9));
    session.read("a", OptionalLong.of(8));
    session.read("a", OptionalLong.of(9));

    assertThat(counts.ownWrites()).isZero();
    assertThat(counts.olderThanWritten()).isZero();
    assertThat(counts.earlierReads()).isEqualTo(2);
    assertThat(counts.olderThanRead()).isEqualTo(1);
  }

  @Test
  void read_somethingElseOrOfAnotherSession_isNotJudged() {
    session.wrote("a", 3);
    session.read("b", OptionalLong.of(1));
    new SessionHistory(counts).read("a", OptionalLong.of(1));
    session.read("c", GONE);

    assertThat(counts.ownWrites()).isZero();
    assertThat(counts.earlierReads()).isZero();
  }
}
