// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
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
        "--instances 2    | --instances needs phase 3; phase 1 is one process",
        "--phase 2 --instances 2 | --instances needs phase 3; phase 2 is one process",
        "--phase 3 --instances 0 | --instances must be from 1 to 8; got 0",
        "--phase 3 --instances 9 | --instances must be from 1 to 8; got 9",
        "--phase 3 --instances x | 'x' is not an int",
        "--lb nginx       | --lb needs phase 3; phase 1 is one process",
        "--phase 3 --lb f5 | --lb must be one of gateway, nginx, haproxy; got f5",
        "--phase 3 --db sqlite | --db must have replicas from phase 2 on; got sqlite",
        "shards delete s3 | shards knows two actions, add NAME and resume; got delete s3",
        "shards resume s3 | shards knows two actions, add NAME and resume; got resume s3",
        "shards add       | shards knows two actions, add NAME and resume; got add",
        "shards add S3    | the name of a shard must match [a-z][a-z0-9-]{0,30}; got S3",
        "shards add ../x  | the name of a shard must match [a-z][a-z0-9-]{0,30}; got ../x",
        "shards --port 0  | --port must be from 1 to 65535; got 0",
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

  @Test
  void execute_laterPhase_saysThatItComesLater() {
    assertThat(execute("--phase 4")).isEqualTo(1);

    assertThat(errors())
        .isEqualTo(
            "run: phase 4 comes with a later version of the project; this one runs phases 1 to 3\n");
  }

  @Test
  void execute_shardsOfNothing_saysHowToStart() {
    assertThat(execute("shards")).isEqualTo(1);
    assertThat(execute("shards add s3 --port 9999")).isEqualTo(1);

    assertThat(errors().lines())
        .containsExactly(
            "run: nothing runs from this project; start it with ./run --phase 3",
            "run: nothing runs from this project on port 9999");
  }

  @Test
  void execute_shardsOfAnEarlierPhase_saysWhatRuns() {
    running(2, 8080, null);

    assertThat(execute("shards add s3")).isEqualTo(1);
    assertThat(execute("shards --port 8080")).isEqualTo(1);

    assertThat(errors().lines())
        .hasSize(2)
        .allMatch(
            line ->
                line.startsWith(
                    "run: shards come with phase 3; what runs is phase 2 on port 8080"));
  }

  @Test
  void execute_shardsOfSeveral_asksForThePort() {
    running(3, 8080, root.resolve("a"));
    running(3, 9090, root.resolve("b"));

    assertThat(execute("shards")).isEqualTo(1);

    assertThat(errors()).contains("choose one with --port: 8080, 9090");
  }

  @Test
  void execute_shards_printsWhatTheSupervisorAnswers() {
    Path socket = ControlSocket.place(root, 9090);
    running(2, 8080, null);
    running(3, 9090, socket);
    try (ControlSocket control =
        ControlSocket.open(
            socket,
            (command, replies) -> {
              replies.accept(Reply.step("command " + command));
              replies.accept(
                  Reply.move("{\"state\":\"COPYING\",\"group\":1,\"groups\":2,\"rows\":3}"));
              replies.accept(Reply.json("{\"shards\":[{\"name\":\"s1\"}]}"));
              replies.accept(Reply.done("all moved"));
            })) {
      assertThat(control).isNotNull();
      assertThat(execute("shards add s3")).as(errors()).isZero();
    }

    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("Ctrl-C ends this display only")
        .contains("command shards add s3\n[-", "group 1 of 2", "\nshard     s1", "\nall moved\n");
  }

  private void running(int phase, int port, @Nullable Path control) {
    ProcessIdentity self = ProcessIdentity.of(ProcessHandle.current().pid()).orElseThrow();
    new RunStates(new Project(root).stateFolder())
        .write(new RunState(phase, port, root, root, self, true, control));
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
    states.write(new RunState(1, 8080, root, root, earlier, false, null));

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
