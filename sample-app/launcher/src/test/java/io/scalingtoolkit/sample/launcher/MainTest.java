// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MainTest {

  @TempDir private Path root;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "--phase 0        | --phase must be 1, 2, 3 or 4; got 0",
        "--phase 9        | --phase must be 1, 2, 3 or 4; got 9",
        "--phase one      | 'one' is not an int",
        "--phase 2 --db sqlite | --db must have replicas from phase 2 on; got sqlite",
        "--redis          | --redis needs phase 2; phase 1 is one process",
        "--db oracle      | --db must be one of sqlite, postgres, mariadb, mysql; got oracle",
        "--port 0         | --port must be from 1 to 65535; got 0",
        "--port 65536     | --port must be from 1 to 65535; got 65536",
        "--port=-1        | --port must be from 1 to 65535; got -1",
        "--data           | --data",
        "--data=          | --data must name a folder; got an empty value",
        "--bogus          | --bogus",
        "start            | start",
        "stop --port 0    | --port must be from 1 to 65535; got 0",
        "stop --phase 1   | --phase",
        "doctor --port x  | 'x' is not an int",
        "keys             | rotate",
        "keys delete      | got delete",
      })
  void execute_wrongUse_isOneLineAndTwo(String line, String expected) {
    assertThat(execute(line)).isEqualTo(2);

    assertThat(errors()).startsWith("run: ").contains(expected).endsWith("; see ./run --help\n");
    assertThat(errors().lines()).hasSize(1);
    assertThat(out.size()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"3", "4"})
  void execute_laterPhase_saysThatItComesLater(int phase) {
    assertThat(execute("--phase " + phase)).isEqualTo(1);

    assertThat(errors())
        .isEqualTo(
            "run: phase "
                + phase
                + " comes with a later version of the project; this one runs phases 1 and 2\n");
  }

  @Test
  void execute_notBuilt_isOneLine() {
    assertThat(execute("--port 19999 --data " + root.resolve("data"))).isEqualTo(1);

    assertThat(errors()).startsWith("run: ").contains("has not been built");
    assertThat(errors().lines()).hasSize(1);
  }

  @Test
  void execute_stopWithNothingRunning_saysSo() {
    assertThat(execute("stop")).isZero();

    assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("Nothing runs from this project.\n");
  }

  @Test
  void execute_stopWithLeftover_removesItAndKillsNothing() {
    RunStates states = new RunStates(new Project(root).stateFolder());
    ProcessIdentity earlier = new ProcessIdentity(ProcessHandle.current().pid(), "earlier boot:7");
    states.write(new RunState(1, 8080, root, root, earlier, false));

    assertThat(execute("stop")).isZero();

    assertThat(states.leftovers()).isEmpty();
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("Nothing runs");
  }

  @Test
  void execute_keysWithoutData_isOneLine() {
    assertThat(execute("keys rotate --data " + root.resolve("none"))).isEqualTo(1);

    assertThat(errors()).contains("no application has run with the data folder");
  }

  @Test
  void execute_doctorWithDataBelowAFile_fails() throws Exception {
    Path file = java.nio.file.Files.createFile(root.resolve("file"));

    assertThat(execute("doctor --data " + file.resolve("x"))).isEqualTo(1);

    assertThat(out.toString(StandardCharsets.UTF_8).lines())
        .anyMatch(line -> line.startsWith("fail  data") && line.contains("is a file"))
        .allMatch(line -> line.matches("(ok|warn|fail) .*"));
  }

  private int execute(String line) {
    return Main.commandLine(
            new Project(root),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8))
        .execute(line.strip().split(" +"));
  }

  private String errors() {
    return err.toString(StandardCharsets.UTF_8);
  }
}
