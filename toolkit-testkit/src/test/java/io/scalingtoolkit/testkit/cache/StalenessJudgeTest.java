// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the judge says of histories that were made up. Times are milliseconds, the bound is 100. */
final class StalenessJudgeTest {
  private static final Duration BOUND = Duration.ofMillis(100);

  @TempDir private Path logs;
  private OperationFile reader;
  private OperationFile writer;
  private OperationFile otherWriter;

  @BeforeEach
  void open() throws IOException {
    reader = new OperationFile(logs.resolve("0-reader"));
    writer = new OperationFile(logs.resolve("1-writer"));
    otherWriter = new OperationFile(logs.resolve("2-writer"));
  }

  @AfterEach
  void close() throws IOException {
    closeAll();
  }

  private void closeAll() throws IOException {
    reader.close();
    writer.close();
    otherWriter.close();
  }

  private static void read(OperationFile file, int version, long invoked) throws IOException {
    file.add(OperationFile.READ, 0, version, millis(invoked), millis(invoked + 1));
  }

  private static void invalidate(OperationFile file, int version, long returned)
      throws IOException {
    long at = millis(returned);
    file.add(OperationFile.INVALIDATION, 0, version, at - 1, at);
  }

  private static long millis(long count) {
    return Duration.ofMillis(count).toNanos();
  }

  private StalenessReport judge() throws IOException {
    closeAll();
    return StalenessJudge.judge(logs, 2, BOUND, 0, 0);
  }

  @Test
  void read_ofTheNewestVersion_isRight() throws IOException {
    invalidate(writer, 1, 10);
    read(reader, 1, 500);

    StalenessReport report = judge();

    assertThat(report.isClean()).as("%s", report).isTrue();
    assertThat(report.totals().stale()).isZero();
    assertThat(report.lag().max()).isZero();
  }

  @Test
  void read_withinTheBound_isStaleAndNoViolation() throws IOException {
    invalidate(writer, 1, 10);
    read(reader, 0, 110);

    StalenessReport report = judge();

    assertThat(report.isClean()).as("%s", report).isTrue();
    assertThat(report.totals().stale()).isEqualTo(1);
    assertThat(report.lag().max()).isEqualTo(Duration.ofMillis(100));
  }

  @Test
  void read_afterTheBound_isAViolation() throws IOException {
    invalidate(writer, 1, 10);
    read(reader, 0, 111);

    StalenessReport report = judge();

    assertThat(report.tooOld()).isEqualTo(1);
    assertThat(report.isClean()).isFalse();
    assertThat(report.examples())
        .containsExactly(
            "too old: node 0 read version 0 of key 0, which had been out of date for 101.0 ms");
  }

  @Test
  void read_thatBeganBeforeTheInvalidationReturned_isRight() throws IOException {
    invalidate(writer, 1, 10);
    read(reader, 0, 10);

    assertThat(judge().totals().stale()).isZero();
  }

  /** Versions are raised before they are invalidated, so they can return in another order. */
  @Test
  void read_ofAVersionThatReturnedLate_isJudgedByTheFirstLaterOne() throws IOException {
    invalidate(writer, 1, 300);
    invalidate(otherWriter, 2, 10);
    read(reader, 0, 120);

    StalenessReport report = judge();

    assertThat(report.tooOld()).isEqualTo(1);
    assertThat(report.lag().max()).isEqualTo(Duration.ofMillis(110));
    assertThat(report.lag().p50()).as("version 1 had not returned").isZero();
  }

  @Test
  void read_olderThanTheOwnInvalidation_isAViolationWithinTheBound() throws IOException {
    invalidate(writer, 1, 10);
    read(writer, 0, 11);

    StalenessReport report = judge();

    assertThat(report.olderThanOwn()).isEqualTo(1);
    assertThat(report.tooOld()).isZero();
    assertThat(report.isClean()).isFalse();
  }

  @Test
  void read_olderThanAnothersInvalidation_isNotHeldAgainstTheOwn() throws IOException {
    invalidate(writer, 1, 10);
    invalidate(otherWriter, 2, 20);
    read(writer, 1, 30);

    assertThat(judge().violations()).isZero();
  }

  @Test
  void invalidation_thatNeverReturned_obligesNobody() throws IOException {
    writer.add(OperationFile.FAILURE, 0, 1, millis(1), millis(2));
    invalidate(writer, 1, 10);
    writer.add(OperationFile.FAILURE, 0, 2, millis(20), millis(21));
    read(reader, 1, 900);

    StalenessReport report = judge();

    assertThat(report.violations()).isZero();
    assertThat(report.totals().failures()).isEqualTo(2);
  }

  @Test
  void read_ofANewerVersionThanAnyInvalidated_isRight() throws IOException {
    invalidate(writer, 1, 10);
    read(reader, 70, 900);

    assertThat(judge().isClean()).isTrue();
  }

  @Test
  void thread_thatSeesAnOlderVersionThanBefore_isCounted() throws IOException {
    invalidate(writer, 1, 10);
    read(reader, 1, 20);
    read(reader, 0, 30);

    StalenessReport report = judge();

    assertThat(report.wentBack()).isEqualTo(1);
    assertThat(report.violations()).isZero();
  }

  @Test
  void run_withoutReads_isNotClean() throws IOException {
    invalidate(writer, 1, 10);

    assertThat(judge().isClean()).isFalse();
  }

  /** What a process had written when it was killed need not end with a whole operation. */
  @Test
  void file_thatEndsInTheMiddle_countsUpToThere() throws IOException {
    invalidate(writer, 1, 10);
    read(reader, 1, 20);
    closeAll();
    Files.write(logs.resolve("0-reader"), new byte[7], StandardOpenOption.APPEND);

    assertThat(StalenessJudge.judge(logs, 1, BOUND, 0, 0).totals().reads()).isEqualTo(1);
  }

  @Test
  void history_ofMoreThanABuffer_isReadWhole() throws IOException {
    for (int version = 1; version <= 30_000; version++) {
      invalidate(writer, version, version);
      read(reader, version, version);
    }

    StalenessReport report = judge();

    assertThat(report.totals().reads()).isEqualTo(30_000);
    assertThat(report.totals().invalidations()).isEqualTo(30_000);
    assertThat(report.totals().stale()).isZero();
  }
}
