// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scalingtoolkit.testkit.check.CheckReport.Violation;
import io.scalingtoolkit.testkit.check.History.LossWindow;
import io.scalingtoolkit.testkit.check.Operation.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The rules of the judge, each on the smallest history that shows it. */
class JudgeTest {
  private static final int SESSIONS = 4;
  private static final int KEYS = 3;

  private final HistoryRecorder recorder = new HistoryRecorder(SESSIONS, KEYS, 100);

  @Test
  void judge_ownWriteNotSeen_violatesReadYourWrites() {
    record(Operation.write(0, 1, 1).between(0, 10));
    record(Operation.read(0, 1, 0).between(11, 20).on("replica"));

    assertOnly(Guarantee.READ_YOUR_WRITES);
    Violation violation = judge().examples().get(0);
    assertThat(violation.required()).isEqualTo(1);
    assertThat(violation.found()).isZero();
    assertThat(violation.earlier()).isEqualTo(recorded(0, 0));
    assertThat(violation.later()).isEqualTo(recorded(0, 1));
    assertThat(judge().nodes().get("replica").violations()).isEqualTo(1);
  }

  @Test
  void judge_ownWriteWithoutAnswer_isNotRequired() {
    record(Operation.write(0, 1, 1).between(0, 10).with(Outcome.UNKNOWN));
    record(Operation.write(0, 1, 2).between(11, 12).with(Outcome.FAILED));
    record(Operation.read(0, 1, 0).between(13, 20));

    assertThat(judge().totalViolations()).isZero();
  }

  @Test
  void judge_ownWriteWithoutAnswerSeenOnce_mustStay() {
    record(Operation.write(0, 1, 1).between(0, 10).with(Outcome.UNKNOWN));
    record(Operation.read(0, 1, 1).between(11, 20));
    record(Operation.read(0, 1, 0).between(21, 30));

    assertOnly(Guarantee.MONOTONIC_READS);
  }

  @Test
  void judge_versionOfAnotherSessionNotSeen_isNoViolation() {
    record(Operation.write(0, 1, 1).between(0, 10));
    record(Operation.read(1, 1, 0).between(11, 20));

    assertThat(judge().totalViolations()).isZero();
  }

  @Test
  void judge_olderThanSeen_violatesMonotonicReads() {
    record(Operation.write(0, 1, 1).between(0, 10));
    record(Operation.write(0, 1, 2).between(11, 20));
    record(Operation.read(1, 1, 2).between(21, 30));
    record(Operation.read(1, 1, 1).between(31, 40));
    record(Operation.read(2, 1, 1).between(41, 50));

    assertOnly(Guarantee.MONOTONIC_READS);
  }

  @Test
  void judge_earlierWriteOfTheSameWriterNotSeen_violatesMonotonicWrites() {
    record(Operation.write(0, 0, 1).between(0, 10));
    record(Operation.write(0, 1, 1).between(11, 20).dependingOn(0, 1));
    record(Operation.read(1, 1, 1).between(21, 30).dependingOn(0, 1));
    record(Operation.read(1, 0, 0).between(31, 40));

    assertOnly(Guarantee.MONOTONIC_WRITES);
  }

  @Test
  void judge_whatTheWriterHadSeenNotSeen_violatesWritesFollowReads() {
    record(Operation.write(0, 0, 1).between(0, 10));
    record(Operation.read(1, 0, 1).between(11, 20));
    record(Operation.write(1, 1, 1).between(21, 30).dependingOn(0, 1));
    record(Operation.read(2, 1, 1).between(31, 40).dependingOn(0, 1));
    record(Operation.read(2, 0, 0).between(41, 50));

    assertOnly(Guarantee.WRITES_FOLLOW_READS);
  }

  @Test
  void judge_operationsOverlap_areNotOrdered() {
    record(Operation.write(0, 1, 1).between(0, 10));
    record(Operation.read(0, 1, 0).between(10, 20));
    record(Operation.write(0, 1, 2).between(30, 60));
    record(Operation.read(0, 1, 2).between(40, 50));
    record(Operation.read(0, 1, 1).between(45, 70));

    assertThat(judge().totalViolations()).isZero();
  }

  @Test
  void judge_recordedOutOfOrder_goesByTime() {
    record(Operation.read(0, 1, 1).between(11, 90));
    record(Operation.read(0, 1, 0).between(30, 40));
    record(Operation.write(0, 1, 1).between(0, 10));

    assertOnly(Guarantee.READ_YOUR_WRITES);
  }

  @Test
  void judge_versionThatNobodyWroteYet_isInvented() {
    record(Operation.read(0, 1, 1).between(0, 10));
    record(Operation.write(1, 1, 1).between(11, 20));
    record(Operation.write(1, 1, 2).between(21, 30).with(Outcome.FAILED));
    record(Operation.read(2, 1, 2).between(31, 40));

    assertThat(judge().violations()).containsEntry(Guarantee.NO_INVENTED_VERSIONS, 2L);
    assertThat(judge().totalViolations()).isEqualTo(2);
  }

  @Test
  void judge_oneVersionWrittenTwice_isRefused() {
    record(Operation.write(0, 1, 1).between(0, 10));
    record(Operation.write(1, 1, 1).between(11, 20));

    assertThatThrownBy(this::judge)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("written once")
        .hasMessageContaining("session 0 #0 wrote key 1 version 1");
  }

  @Test
  void staleness_severalVersionsBehind_countsFromTheFirstMissed() {
    record(Operation.write(0, 1, 1).between(0, 10));
    record(Operation.write(0, 1, 2).between(20, 30));
    record(Operation.write(0, 1, 3).between(40, 50));
    record(Operation.write(0, 1, 4).between(60, 95).with(Outcome.UNKNOWN));
    record(Operation.read(1, 1, 3).between(100, 110));
    record(Operation.read(2, 1, 1).between(100, 110).on("old"));
    record(Operation.read(3, 1, 0).between(10, 110));

    CheckReport.Staleness staleness =
        Judge.bounded(Duration.ofNanos(69)).judge(recorder.history()).staleness();

    assertThat(staleness.max()).isEqualTo(Duration.ofNanos(70));
    assertThat(staleness.p50()).isZero();
    assertThat(staleness.p99()).isEqualTo(Duration.ofNanos(70));
    assertThat(staleness.stale()).isEqualTo(1);
    assertThat(staleness.aboveBound()).isEqualTo(1);
    assertThat(Judge.bounded(Duration.ofNanos(70)).judge(recorder.history()).isClean()).isTrue();
    assertThat(judge().nodes().get("old").maxStaleness()).isEqualTo(Duration.ofNanos(70));
  }

  @Test
  void finalState_acknowledgedWriteMissing_isLost() {
    record(Operation.write(0, 1, 1).between(0, 10));
    record(Operation.write(0, 1, 2).between(11, 20));
    record(Operation.write(0, 1, 3).between(21, 30).with(Outcome.UNKNOWN));
    record(Operation.read(0, 1, 2).between(31, 40));

    CheckReport lost = Judge.unbounded().judge(recorder.history().endingIn(0, 1, 0));

    assertThat(lost.violations()).containsEntry(Guarantee.NO_LOST_WRITES, 1L);
    assertThat(lost.examples().get(0).earlier()).isEqualTo(recorded(0, 1));
    assertThat(Judge.unbounded().judge(recorder.history().endingIn(0, 2, 0)).isClean()).isTrue();
    assertThat(Judge.unbounded().judge(recorder.history().endingIn(0, 3, 0)).isClean()).isTrue();
  }

  @Test
  void declaredLoss_missedAfterThePromotion_isListedAndNotAViolation() {
    record(Operation.write(0, 1, 1).between(0, 10));
    record(Operation.write(0, 1, 2).between(100, 110));
    record(Operation.read(2, 1, 2).between(111, 120));
    record(Operation.read(0, 1, 1).between(210, 220));
    record(Operation.read(2, 1, 1).between(210, 220));
    History history =
        recorder.history().endingIn(0, 1, 0).declaringLost(List.of(new LossWindow(50, 150, 200)));

    CheckReport report = Judge.unbounded().judge(history);

    assertThat(report.isClean()).isTrue();
    assertThat(report.losses()).isEqualTo(new CheckReport.Losses(1, 2, List.of(0, 2)));
    assertThat(report.staleness().stale()).isZero();
    assertThat(report.toString()).contains("declared lost: 1 writes").contains("[0, 2]");
  }

  @Test
  void declaredLoss_missedBeforeThePromotion_isAViolation() {
    record(Operation.write(0, 1, 1).between(100, 110));
    record(Operation.read(0, 1, 0).between(111, 120));

    History history = recorder.history().declaringLost(List.of(new LossWindow(50, 150, 200)));

    assertThat(Judge.unbounded().judge(history).violations())
        .containsEntry(Guarantee.READ_YOUR_WRITES, 1L);
  }

  @Test
  void declaredLoss_writeAcknowledgedBeforeTheWindow_isStillRequired() {
    record(Operation.write(0, 1, 1).between(0, 10));
    record(Operation.write(0, 1, 2).between(100, 110));
    record(Operation.read(0, 1, 0).between(210, 220));

    History history =
        recorder.history().endingIn(0, 0, 0).declaringLost(List.of(new LossWindow(50, 150, 200)));
    CheckReport report = Judge.unbounded().judge(history);

    assertThat(report.violations())
        .containsEntry(Guarantee.READ_YOUR_WRITES, 1L)
        .containsEntry(Guarantee.NO_LOST_WRITES, 1L);
  }

  @Test
  void declaredLoss_seenAfterThePromotion_mustStay() {
    record(Operation.write(0, 1, 1).between(100, 110));
    record(Operation.read(2, 1, 1).between(210, 220));
    record(Operation.read(2, 1, 0).between(230, 240));

    History history = recorder.history().declaringLost(List.of(new LossWindow(50, 150, 200)));

    assertThat(Judge.unbounded().judge(history).violations())
        .containsEntry(Guarantee.MONOTONIC_READS, 1L);
  }

  @Test
  void load_savedHistory_getsTheSameReport(@TempDir Path directory) throws IOException {
    Simulation simulation = new Simulation(Mutant.NAIVE, 3, true, false, 2_000);
    History history = simulation.history().declaringLost(simulation.lossWindows());
    Path file = directory.resolve("history");

    history.save(file);
    History loaded = History.load(file);

    assertThat(loaded.size()).isEqualTo(2_000);
    assertThat(loaded.operations(5)).isEqualTo(history.operations(5)).isNotEmpty();
    assertThat(Judge.unbounded().judge(loaded)).isEqualTo(Judge.unbounded().judge(history));
  }

  @Test
  void load_otherFile_isRefused(@TempDir Path directory) throws IOException {
    Path file = Files.writeString(directory.resolve("history"), "something else");

    assertThatThrownBy(() -> History.load(file)).isInstanceOf(IOException.class);
  }

  @Test
  void showing_moreViolationsThanShown_showsTheFirst() {
    record(Operation.write(1, 0, 1).between(0, 10));
    for (int i = 0; i < 5; i++) {
      record(Operation.read(1, 0, 0).between(100 - 10 * i, 105 - 10 * i));
    }

    CheckReport report = Judge.unbounded().showing(2).judge(recorder.history());

    assertThat(report.violations()).containsEntry(Guarantee.READ_YOUR_WRITES, 5L);
    assertThat(report.examples())
        .extracting(violation -> violation.later().startNanos())
        .containsExactly(60L, 70L);
    assertThat(report.toString())
        .contains("NOT CLEAN: 5 reads, 1 writes")
        .contains("read your writes              5 violations in 5 checks")
        .contains("earlier: session 1 #0 wrote key 0 version 1");
  }

  @Test
  void isClean_nothingRead_isFalse() {
    record(Operation.write(0, 1, 1).between(0, 10));

    assertThat(judge().isClean()).isFalse();
  }

  private void assertOnly(Guarantee guarantee) {
    assertThat(judge().violations()).containsEntry(guarantee, 1L);
    assertThat(judge().totalViolations()).isEqualTo(1);
  }

  private CheckReport judge() {
    return Judge.unbounded().judge(recorder.history());
  }

  private Operation recorded(int session, int sequence) {
    return recorder.history().operations(session).get(sequence);
  }

  private void record(Operation operation) {
    recorder.record(operation);
  }
}
