// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code ./run move} and starts on folders that have moved, without any server. */
final class MoveCommandTest {

  private static final ProcessIdentity SELF =
      ProcessIdentity.of(ProcessHandle.current().pid()).orElseThrow();

  @TempDir private Path root;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "move                     | move takes one of --to phase 2, --back and resume",
        "move resume --back       | move takes one of --to phase 2, --back and resume",
        "move --to phase 2 --back | move takes one of --to phase 2, --back and resume",
        "move --to phase 3        | --to must be phase 2; got phase 3",
        "move --to 1              | --to must be phase 2; got 1",
        "move go                  | move knows one action, resume; got go",
        "move --to phase 2 --db sqlite | --db must have replicas from phase 2 on; got sqlite",
        "move --to phase 2 --db oracle | --db must be one of sqlite, postgres, mariadb, mysql; got",
        "move --to phase 2 --soak soon | --soak must be a number of s, m, h or d, such as 10m; got",
        "move --to phase 2 --port 0    | --port must be from 1 to 65535; got 0",
      })
  void execute_wrongUse_isOneLineAndTwo(String line, String expected) {
    assertThat(execute(line)).isEqualTo(2);

    assertThat(errors()).startsWith("run: ").contains(expected);
    assertThat(errors().lines()).hasSize(1);
  }

  @Test
  void move_nothingRuns_saysHowToStart() {
    assertThat(execute("move --to phase 2")).isEqualTo(1);
    assertThat(execute("move --to phase 2 --port 9999")).isEqualTo(1);

    assertThat(errors().lines())
        .containsExactly(
            "run: nothing runs from this project; start it with ./run",
            "run: nothing runs from this project on port 9999");
  }

  @Test
  void move_isNotPhaseOneOnSqlite_saysWhatRuns() {
    running(new RunState(2, 8080, root, root, SELF, true, null));
    running(new RunState(1, 9090, root, root, SELF, true, null));

    assertThat(execute("move --to phase 2 --port 8080")).isEqualTo(1);
    assertThat(execute("move --to phase 2 --port 9090")).isEqualTo(1);

    assertThat(errors().lines())
        .satisfiesExactly(
            line -> assertThat(line).contains("only an application of phase 1", "phase 2 on port"),
            line -> assertThat(line).contains("only data in SQLite", "phase 1 on port 9090"));
  }

  @Test
  void move_severalRun_asksForThePort() {
    running(new RunState(1, 8080, root.resolve("a"), root, SELF, false, null));
    running(new RunState(1, 9090, root.resolve("b"), root, SELF, false, null));

    assertThat(execute("move --to phase 2")).isEqualTo(1);

    assertThat(errors()).contains("choose one with --port: 8080, 9090");
  }

  @Test
  void backAndResume_nothingWasBegun_saySo() {
    running(new RunState(1, 8080, root, root, SELF, false, null));

    assertThat(execute("move --back")).isEqualTo(1);
    assertThat(execute("move resume")).isEqualTo(1);

    assertThat(errors().lines())
        .containsExactly(
            "run: no move is under way, so there is nothing to take back",
            "run: no move has been begun; ./run move --to phase 2 does");
  }

  @Test
  void move_keeperLives_asksItAndPrintsWhatItAnswers() {
    Path socket = ControlSocket.place(root, 8080);
    RunState kept = new RunState(1, 8080, root, root, SELF, false, null).keptBy(socket, SELF);
    running(kept);
    try (ControlSocket control = ControlSocket.open(socket, MoveCommandTest::answer)) {
      assertThat(control).isNotNull();
      assertThat(execute("move resume")).as(errors()).isZero();
      assertThat(execute("move --back")).as(errors()).isZero();
      running(kept.inPhase(2));
      assertThat(execute("move --to phase 2")).isEqualTo(1);
    }

    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("command move\n[---", "] group 1 of 1  copying  3 rows", "\nall moved\n")
        .contains("command move back\n");
    assertThat(errors()).contains("the data has moved already; what runs is phase 2 on port 8080");
  }

  @Test
  void move_keeperIsStartingItsServers_refusesAnotherOne() {
    running(new RunState(1, 8080, root, root, SELF, false, null).keptBy(null, SELF));

    for (String line : List.of("move --to phase 2", "move resume", "move --back")) {
      assertThat(execute(line)).isEqualTo(1);
    }

    assertThat(errors().lines())
        .hasSize(3)
        .containsOnly(
            "run: another ./run move is starting its servers; ./run move resume shows it in a"
                + " moment");
  }

  private static void answer(String command, java.util.function.Consumer<Reply> replies) {
    replies.accept(Reply.step("command " + command));
    replies.accept(Reply.move("{\"state\":\"COPYING\",\"group\":1,\"groups\":1,\"rows\":3}"));
    replies.accept(Reply.done("all moved"));
  }

  @Test
  void start_onAFolderThatHasMoved_saysHowToStart() throws Exception {
    Path data = Files.createDirectory(root.resolve("moved"));
    new MoveNote(Database.MARIADB, true).write(data);

    assertThat(execute("--data " + data)).isEqualTo(1);

    assertThat(errors())
        .isEqualTo(
            "run: the data in %s has moved to MariaDB; start it with ./run --phase 2 --db mariadb --data %s\n"
                .formatted(data, data));
  }

  @ParameterizedTest
  @CsvSource({"true, has moved", "false, is on the way"})
  void startOfPhaseThree_onAFolderThatMoves_saysWhatToDo(boolean moved, String expected)
      throws Exception {
    Path data = Files.createDirectory(root.resolve("moved"));
    new MoveNote(Database.POSTGRES, moved).write(data);

    assertThat(execute("supervise --phase 3 --db postgres --port 8080 --data " + data))
        .isEqualTo(1);

    assertThat(errors())
        .isEqualTo(
            "run: the data in %1$s %2$s to PostgreSQL; start it with ./run --phase 2 --data %1$s, or give phase 3 another folder\n"
                .formatted(data, expected));
  }

  @Test
  void start_onAFolderThatIsOnTheWay_isTheFileOrThatServer() throws Exception {
    Path data = Files.createDirectory(root.resolve("begun"));
    new MoveNote(Database.POSTGRES, false).write(data);

    assertThat(execute("--data " + data)).isEqualTo(1);

    assertThat(errors()).contains("has not been built"); // it got as far as that
    assertThat(MoveNote.read(data)).contains(new MoveNote(Database.POSTGRES, false));
  }

  @Test
  void defaultData_phaseOneHasMoved_isItsFolderForThatDatabaseOnly() throws Exception {
    Project project = new Project(root);
    Path first = Files.createDirectories(root.resolve("data/phase-1"));
    new MoveNote(Database.POSTGRES, false).write(first);
    assertThat(project.defaultData(2, Database.POSTGRES)).endsWithRaw(Path.of("phase-2-postgres"));

    new MoveNote(Database.POSTGRES, true).write(first);

    assertThat(project.defaultData(2, Database.POSTGRES)).isEqualTo(first);
    assertThat(project.defaultData(2, Database.MYSQL)).endsWithRaw(Path.of("phase-2-mysql"));
    assertThat(project.defaultData(1, Database.SQLITE)).isEqualTo(first);
    Files.createDirectories(root.resolve("data/phase-2-postgres"));
    assertThat(project.defaultData(2, Database.POSTGRES)).endsWithRaw(Path.of("phase-2-postgres"));
  }

  @Test
  void read_damagedNote_namesTheFile() throws Exception {
    Files.writeString(root.resolve("move.properties"), "database=oracle\n");

    assertThatThrownBy(() -> MoveNote.read(root))
        .isInstanceOf(UserError.class)
        .hasMessageContaining(root.resolve("move.properties").toString());
  }

  @Test
  void state_withAKeeper_isReadBack() {
    RunState kept =
        new RunState(1, 8080, root, root, SELF, false, null)
            .keptBy(root.resolve("8080.control/control"), new ProcessIdentity(SELF.pid(), "gone"));
    running(kept);

    List<RunState> read = new RunStates(new Project(root).stateFolder()).running();

    assertThat(read).containsExactly(kept);
    assertThat(read.get(0).aliveKeeper()).isEmpty();
    assertThat(read.get(0).alone()).isEqualTo(new RunState(1, 8080, root, root, SELF, false, null));
  }

  private void running(RunState state) {
    new RunStates(new Project(root).stateFolder()).write(state);
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
