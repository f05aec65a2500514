// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class HistoryRecorderTest {
  @Test
  void record_oneSessionFromManyThreads_losesNothing() throws Exception {
    int threads = 4;
    int each = 5_000;
    HistoryRecorder recorder = new HistoryRecorder(1, threads, threads * each);
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      List<Future<?>> work = new ArrayList<>();
      for (int t = 0; t < threads; t++) {
        int key = t;
        work.add(
            executor.submit(
                () -> {
                  for (int i = 1; i <= each; i++) {
                    recorder.record(Operation.write(0, key, i).between(i, i).on("node " + key));
                  }
                }));
      }
      for (Future<?> future : work) {
        future.get();
      }
    } finally {
      executor.shutdownNow();
    }

    List<Operation> operations = recorder.history().operations(0);

    assertThat(operations).hasSize(threads * each);
    for (int t = 0; t < threads; t++) {
      int key = t;
      assertThat(operations.stream().filter(o -> o.key() == key))
          .hasSize(each)
          .allMatch(operation -> ("node " + key).equals(operation.node()))
          .isSortedAccordingTo((a, b) -> Integer.compare(a.version(), b.version()));
    }
  }

  @Test
  void record_full_isRefusedAndMemoryStaysBounded() {
    HistoryRecorder recorder = new HistoryRecorder(1, 1, 1_000);
    for (int i = 1; i <= 1_000; i++) {
      recorder.record(Operation.write(0, 0, i));
    }

    assertThatThrownBy(
            () -> {
              for (int i = 1; i <= 1_000; i++) {
                recorder.record(Operation.read(0, 0, i));
              }
            })
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("maxOperations is 1000");
  }

  @Test
  void history_takenWhileRecording_doesNotChange() {
    HistoryRecorder recorder = new HistoryRecorder(1, 1, 10);
    recorder.record(Operation.write(0, 0, 1));

    History history = recorder.history();
    recorder.record(Operation.write(0, 0, 2));

    assertThat(history.size()).isEqualTo(1);
    assertThat(recorder.history().size()).isEqualTo(2);
  }

  @Test
  void record_outOfRange_isRefused() {
    HistoryRecorder recorder = new HistoryRecorder(2, 3, 10);

    assertThatThrownBy(() -> recorder.record(Operation.read(2, 0, 0)))
        .hasMessage("session must be below 2; got 2");
    assertThatThrownBy(() -> recorder.record(Operation.read(0, 3, 0)))
        .hasMessage("a key must be below 3; got 3");
    assertThatThrownBy(() -> recorder.record(Operation.read(0, 0, 1).dependingOn(3, 1)))
        .hasMessage("a key must be below 3; got 3");
    assertThat(recorder.history().size()).isZero();
  }

  @Test
  void operation_impossible_isRefused() {
    assertThatThrownBy(() -> Operation.write(0, 0, 0)).hasMessageContaining("version from 1");
    assertThatThrownBy(() -> Operation.read(0, 0, 0).between(2, 1))
        .hasMessageContaining("endNanos must not lie before startNanos");
    assertThatThrownBy(() -> Operation.read(0, 4, 0).dependingOn(4, 1))
        .hasMessageContaining("another key than 4");
  }

  @Test
  void operation_recorded_comesBackWhole() {
    HistoryRecorder recorder = new HistoryRecorder(2, 9, 10);
    Operation operation =
        Operation.read(1, 7, Integer.MAX_VALUE)
            .between(-5, Long.MAX_VALUE)
            .on("n")
            .dependingOn(8, Integer.MAX_VALUE);
    recorder.record(operation);
    recorder.record(operation.with(Operation.Outcome.FAILED).on(null));

    List<Operation> recorded = recorder.history().operations(1);

    assertThat(recorded.get(0))
        .usingRecursiveComparison()
        .ignoringFields("sequence")
        .isEqualTo(operation);
    assertThat(recorded).extracting(Operation::sequence).containsExactly(0, 1);
    assertThat(recorded.get(1).node()).isNull();
    assertThat(recorded.get(1).outcome()).isEqualTo(Operation.Outcome.FAILED);
  }
}
