// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.sql;

import io.scalingtoolkit.sharding.move.Move;
import io.scalingtoolkit.sharding.move.MoveListener;
import io.scalingtoolkit.sharding.move.MoveReport;
import io.scalingtoolkit.sharding.move.MoveState;
import java.io.PrintStream;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import tools.jackson.databind.json.JsonMapper;

/** What a mover does, told as one JSON object a line. Confined. */
final class MoveLines {

  private static final int MISUSED = 2;

  private final PrintStream out;
  private final ToLongFunction<String> waiting;
  private final JsonMapper json = new JsonMapper();

  /**
   * Creates the teller.
   *
   * @param waiting how many changes a shard has noted that nobody has carried over yet
   */
  MoveLines(PrintStream out, ToLongFunction<String> waiting) {
    this.out = out;
    this.waiting = waiting;
  }

  void tell(Map<String, Object> line) {
    out.println(json.writeValueAsString(line));
    out.flush();
  }

  /** Tells the outcome; returns the exit status. */
  int ended(MoveReport report) {
    List<String> undone =
        report.moves().stream()
            .filter(move -> move.state() != MoveState.DONE)
            .map(move -> move.state() + ": " + move.progress())
            .distinct()
            .toList();
    if (!undone.isEmpty()) {
      return failed(String.join("; ", undone));
    }
    tell(
        Map.of(
            "done", true,
            "moves", report.moves().size(),
            "rows", report.rows(),
            "pauseMillisMax", report.longestPause().toMillis()));
    return 0;
  }

  /** Tells the person at the terminal that the settings are of no use; returns the exit status. */
  @SuppressWarnings("SystemOut") // the log is JSON for machines; this line is for a person
  static int misused(String line) {
    System.err.println("sample-app cannot start: " + line);
    return MISUSED;
  }

  /** Tells why it failed; returns the exit status. */
  int failed(String reason) {
    tell(Map.of("failed", reason));
    return 1;
  }

  /** Tells each step of a mover that moves so many groups; 0 where that is not known. */
  MoveListener listener(int groups) {
    Map<String, Long> rows = new LinkedHashMap<>();
    return new MoveListener() {
      @Override
      public void progressed(Move move) {
        rows.put(move.id(), move.rows());
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("state", move.state().name());
        line.put("from", move.source());
        line.put("to", move.target());
        line.put("group", rows.size());
        line.put("groups", groups);
        line.put("rows", rows.values().stream().collect(Collectors.summingLong(each -> each)));
        // Writers are kept out at the switch, and nothing waits then: asking would keep them
        // longer.
        boolean switching =
            move.state() == MoveState.SWITCHED || move.state() == MoveState.RETURNED;
        line.put("logDepth", switching ? 0 : waiting.applyAsLong(move.source()));
        tell(line);
      }

      @Override
      public void paused(Move move, Duration pause) {
        tell(Map.of("group", rows.size(), "groups", groups, "pauseMillis", pause.toMillis()));
      }
    };
  }
}
