// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class MoveProgressTest {

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
  private long nanos;

  @Test
  void show_terminal_drawsOverOneLine() {
    MoveProgress progress = new MoveProgress(out, true, () -> nanos);

    progress.show(line("COPYING", 1, 1000, "null"));
    progress.show(line("FREEZING", 5, 12_345, "12"));
    progress.end();
    progress.end();

    assertThat(printed())
        .isEqualTo(
            "\r\u001b[K[------------------------] group 1 of 8  copying  1,000 rows  log 5"
                + "  ETA unknown"
                + "\r\u001b[K[############------------] group 5 of 8  freezing  12,345 rows  log 5"
                + "  ETA 0:00  pause 12 ms\n");
  }

  @Test
  void show_noTerminal_printsALineForEachChangeAndEveryFiveSeconds() {
    MoveProgress progress = new MoveProgress(out, false, () -> nanos);

    progress.show(line("COPYING", 1, 1, "null"));
    progress.show(line("COPYING", 1, 2, "null"));
    progress.show(line("VERIFYING", 1, 3, "null"));
    nanos += Duration.ofSeconds(5).toNanos();
    progress.show(line("VERIFYING", 1, 4, "null"));
    progress.show(line("VERIFYING", 2, 5, "null"));
    progress.end();

    assertThat(printed().lines().map(line -> line.replaceAll(".*  ([a-z]+  \\d) rows.*", "$1")))
        .containsExactly("copying  1", "verifying  3", "verifying  4", "verifying  5");
    assertThat(printed()).doesNotContain("\r", "\u001b");
  }

  @Test
  void show_eta_isFromTheGroupsMovedSoFar() {
    MoveProgress progress = new MoveProgress(out, false, () -> nanos);
    progress.show(line("COPYING", 3, 0, "null"));

    nanos += Duration.ofSeconds(20).toNanos();
    progress.show(line("COPYING", 5, 0, "null"));
    nanos += Duration.ofHours(2).toNanos() - Duration.ofSeconds(20).toNanos();
    progress.show(line("COPYING", 7, 0, "null"));

    // Two groups in 20 s, four are left; then four in two hours, two are left.
    assertThat(printed().lines().map(line -> line.replaceAll(".*ETA ", "")))
        .containsExactly("unknown", "0:40", "1:00:00");
  }

  @Test
  void show_lastGroupDone_isAFullBar() {
    MoveProgress progress = new MoveProgress(out, false, () -> nanos);
    progress.show(line("DONE", 7, 0, "null"));

    nanos += Duration.ofSeconds(9).toNanos();
    progress.show(line("DONE", 8, 0, "null"));

    assertThat(printed().lines().skip(1))
        .containsExactly("[" + "#".repeat(24) + "] group 8 of 8  done  0 rows  log 5  ETA 0:00");
  }

  @Test
  void show_afterTheEndOfAnotherMover_countsAnew() {
    MoveProgress progress = new MoveProgress(out, false, () -> nanos);
    progress.show(line("DONE", 1, 0, "9"));
    progress.end();

    nanos += Duration.ofMinutes(5).toNanos();
    progress.show(line("COPYING", 2, 0, "null"));

    assertThat(printed().lines().skip(1).map(line -> line.replaceAll(".*ETA ", "")))
        .containsExactly("unknown");
  }

  @Test
  void show_pauseOnALineOfItsOwn_isShownFromThenOn() {
    MoveProgress progress = new MoveProgress(out, false, () -> nanos);

    progress.show(line("FREEZING", 1, 9, "null"));
    progress.show("{\"group\":1,\"groups\":8,\"pauseMillis\":31}");
    progress.show(line("COPYING", 2, 10, "null"));

    assertThat(printed().lines().map(line -> line.replaceAll(".*group", "group")))
        .containsExactly(
            "group 1 of 8  freezing  9 rows  log 5  ETA unknown",
            "group 1 of 8  freezing  9 rows  log 5  ETA unknown  pause 31 ms",
            "group 2 of 8  copying  10 rows  log 5  ETA 0:00  pause 31 ms");
  }

  @Test
  void show_numberOfGroupsUnknown_hasNoBar() {
    MoveProgress progress = new MoveProgress(out, false, () -> nanos);

    progress.show("{\"state\":\"COPYING\",\"group\":3,\"groups\":0,\"rows\":7,\"logDepth\":1}");

    assertThat(printed()).isEqualTo("group 3  copying  7 rows  log 1\n");
  }

  @Test
  void show_waiting_saysForWhat() {
    MoveProgress progress = new MoveProgress(out, true, () -> nanos);

    progress.show("{\"waiting\":\"somebody else changes the map\"}");

    assertThat(printed()).isEqualTo("Waiting: somebody else changes the map\n");
  }

  @Test
  void show_unknownLine_isLeftOut() {
    MoveProgress progress = new MoveProgress(out, true, () -> nanos);

    progress.show("{\"done\":true}");
    progress.show("not even JSON");
    progress.end();

    assertThat(printed()).isEmpty();
  }

  @Test
  void summary_namesTheLongestPause() {
    assertThat(MoveProgress.summary(Json.object("{\"done\":true,\"pauseMillisMax\":48}")))
        .isEqualTo("All moves are done; the longest pause of writes was 48 ms.");
    assertThat(MoveProgress.summary(Json.object("{\"done\":true,\"pauseMillisMax\":null}")))
        .isEqualTo("All moves are done.");
  }

  private static String line(String state, int group, int rows, String pause) {
    return "{\"state\":\"%s\",\"group\":%d,\"groups\":8,\"rows\":%d,\"logDepth\":5,\"pauseMillis\":%s}"
        .formatted(state, group, rows, pause);
  }

  private String printed() {
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
