// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Shows at a terminal how far a move is: one line that is drawn again and again, or lines in turn
 * where the output is a file or a pipe. Confined.
 */
final class MoveProgress {

  private static final int WIDTH = 24;

  /** The state of a group that has been moved. */
  private static final String DONE = "DONE";

  private static final Duration BETWEEN_LINES = Duration.ofSeconds(5);
  private static final String BACK_AND_CLEAR = "\r\u001b[K";

  private final PrintStream out;
  private final boolean terminal;
  private final LongSupplier nanoClock;

  private long startNanos;
  private long startMoved;
  private boolean started;
  private long shownNanos;
  private String shown = "";
  private boolean drawn;

  private String state = "";
  private long rows;
  private long logDepth;
  private long pauseMillis = -1;

  /**
   * @param terminal whether lines can be drawn over
   * @param nanoClock monotonic
   */
  MoveProgress(PrintStream out, boolean terminal, LongSupplier nanoClock) {
    this.out = out;
    this.terminal = terminal;
    this.nanoClock = nanoClock;
  }

  /** Shows what the mover has said; a line that it does not understand is left out. */
  void show(String json) {
    Map<String, @Nullable Object> said = Json.object(json);
    if (said.get("waiting") instanceof String reason) {
      end();
      out.println("Waiting: " + reason);
    }
    if (said.get("pauseMillis") instanceof Double longest) {
      pauseMillis = longest.longValue();
    }
    if (said.get("state") instanceof String text) {
      state = text;
      rows = number(said, "rows");
      logDepth = number(said, "logDepth");
    } else if (!said.containsKey("pauseMillis")) {
      return;
    }
    draw(number(said, "group"), number(said, "groups"));
  }

  private void draw(long group, long groups) {
    long now = nanoClock.getAsLong();
    long moved = state.equals(DONE) ? group : Math.max(0, group - 1);
    if (!started) {
      started = true;
      startNanos = now;
      startMoved = moved;
    }
    String line = line(group, groups, moved, now);
    if (terminal) {
      out.print(BACK_AND_CLEAR + line);
      out.flush();
      drawn = true;
      return;
    }
    String key = state + group + "/" + pauseMillis;
    if (!key.equals(shown) || now - shownNanos >= BETWEEN_LINES.toNanos()) {
      out.println(line);
      shown = key;
      shownNanos = now;
    }
  }

  /** Leaves the line that is drawn, so that something else can be printed; what follows is new. */
  void end() {
    started = false;
    pauseMillis = -1;
    if (drawn) {
      out.println();
      drawn = false;
    }
  }

  /** Without the number of groups, which a mover that resumes does not know, there is no bar. */
  private String line(long group, long groups, long moved, long now) {
    StringBuilder line = new StringBuilder();
    if (groups > 0) {
      int filled = (int) (Math.min(groups, moved) * WIDTH / groups);
      line.append('[').append("#".repeat(filled)).append("-".repeat(WIDTH - filled)).append("] ");
    }
    line.append("group ").append(group);
    if (groups > 0) {
      line.append(" of ").append(groups);
    }
    line.append("  ").append(state.toLowerCase(Locale.ROOT));
    line.append(String.format(Locale.ROOT, "  %,d rows  log %,d", rows, logDepth));
    if (groups > 0) {
      line.append("  ETA ").append(eta(groups, moved, now));
    }
    if (pauseMillis >= 0) {
      line.append("  pause ").append(pauseMillis).append(" ms");
    }
    return line.toString();
  }

  /** From the groups that have been moved while this looked on; rows ahead are not known. */
  private String eta(long groups, long moved, long now) {
    long seen = moved - startMoved;
    if (seen <= 0) {
      return "unknown";
    }
    Duration left = Duration.ofNanos((now - startNanos) / seen).multipliedBy(groups - moved);
    return left.toHours() > 0
        ? "%d:%02d:%02d".formatted(left.toHours(), left.toMinutesPart(), left.toSecondsPart())
        : "%d:%02d".formatted(left.toMinutes(), left.toSecondsPart());
  }

  /** The sentence at the end of all moves. */
  static String summary(Map<String, @Nullable Object> said) {
    return said.get("pauseMillisMax") instanceof Double longest
        ? "All moves are done; the longest pause of writes was " + longest.longValue() + " ms."
        : "All moves are done.";
  }

  private static long number(Map<String, @Nullable Object> said, String name) {
    return said.get(name) instanceof Double number ? number.longValue() : 0;
  }
}
