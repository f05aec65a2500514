// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The keeper of an application's servers, with processes that stand in for those it works with. */
final class KeeperIT {

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int PORT = 8080;

  @TempDir private Path root;

  private final List<String> log = Collections.synchronizedList(new ArrayList<>());
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private Path data = Path.of("");
  private Project project = new Project(Path.of(""));
  private RunStates states = new RunStates(Path.of(""));
  private RunState before = new RunState(1, PORT, data, data, self(), false, null);
  private @Nullable Process started;

  @BeforeEach
  void run() throws IOException {
    project = new Project(root);
    data = Files.createDirectories(root.resolve("data/phase-1"));
    states = new RunStates(project.stateFolder());
    FakeApp.jar(project.appJar());
    Process app = new ProcessBuilder("sleep", "300").start();
    started = app;
    ProcessIdentity identity = ProcessIdentity.of(app.pid()).orElseThrow();
    before = new RunState(1, PORT, data, project.appJar(), identity, false, null);
    states.write(before);
  }

  @AfterEach
  void end() {
    app().destroyForcibly();
  }

  @Test
  void keep_serversCannotStart_saysWhyAndLeavesNothing() throws Exception {
    Files.writeString(data.resolve("engine"), "in the way of the folder of the servers");
    Keeper keeper =
        new Keeper(project, states, prepared(), new PrintStream(out, true, StandardCharsets.UTF_8));

    assertThatThrownBy(() -> keeper.keep(new Keeper.Options(PORT, Database.POSTGRES, "0s")))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("PostgreSQL does not start: ")
        .hasMessageContaining(data.resolve("engine").toString())
        .hasMessageContaining("log: " + data.resolve("logs/engine.log"));

    assertThat(app().isAlive()).isTrue();
    assertThat(states.running()).containsExactly(before);
    assertThat(MoveNote.read(data)).as("a start goes on as before").isEmpty();
  }

  @Test
  void keep_serversAreBeingStarted_anotherMoveIsRefused() {
    Keeper keeper =
        keeper(
            () -> {
              assertThatThrownBy(() -> Keeper.movable(states, PORT))
                  .isInstanceOf(UserError.class)
                  .hasMessageContaining("another ./run move is starting its servers");
              log.add("seen");
              throw new UserError("enough");
            });

    assertThatThrownBy(() -> keeper.keep(new Keeper.Options(PORT, Database.POSTGRES, "0s")))
        .hasMessage("enough");

    assertThat(log).containsExactly("seen");
    assertThat(states.running()).containsExactly(before);
  }

  @Test
  void keep_moveIsDone_isPhaseTwoUntilTheApplicationEnds() throws Exception {
    script("{\"state\":\"DONE\"}", "{\"done\":true}");
    CompletableFuture<Integer> kept = keep();

    String last = command("move");

    assertThat(last).contains("The next start: ./run --phase 2 --data " + data);
    assertThat(states.running()).extracting(RunState::phase).containsExactly(2);
    assertThat(MoveNote.read(data)).contains(new MoveNote(Database.POSTGRES, true));
    app().destroy();
    assertThat(kept.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isZero();
    assertThat(log).containsExactly("closed s1");
    assertThat(project.stateFolder()).isDirectoryNotContaining("glob:**.{properties,control}");
  }

  @Test
  void keep_moveIsUndone_endsAndLeavesTheApplicationAlone() throws Exception {
    script("{\"failed\":\"no room\"}");
    CompletableFuture<Integer> kept = keep();
    assertThat(MoveNote.read(data))
        .as("before anything moves")
        .contains(new MoveNote(Database.POSTGRES, false));

    assertThatThrownBy(() -> command("move")).hasMessageContaining("the mover gave up: no room");

    assertThat(kept.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isZero();
    assertThat(app().isAlive()).isTrue();
    assertThat(log).containsExactly("closed s1");
    assertThat(states.running()).containsExactly(before);
  }

  @Test
  void keep_moveToAnotherDatabaseWasBegun_isRefused() {
    new MoveNote(Database.MARIADB, false).write(data);
    Keeper keeper = keeper(() -> new FakeEngines("s1", log));

    assertThatThrownBy(() -> keeper.keep(new Keeper.Options(PORT, Database.POSTGRES, "0s")))
        .hasMessageContaining("go on with ./run move --to phase 2 --db mariadb");

    assertThat(log).isEmpty();
    assertThat(states.running()).containsExactly(before);
  }

  private Process app() {
    return Objects.requireNonNull(started);
  }

  private CompletableFuture<Integer> keep() {
    Keeper keeper = keeper(() -> new FakeEngines("s1", log));
    CompletableFuture<Integer> kept =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return keeper.keep(new Keeper.Options(PORT, Database.POSTGRES, "0s"));
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return 1;
              }
            });
    await()
        .atMost(PATIENCE)
        .until(() -> out.toString(StandardCharsets.UTF_8).contains(Supervisor.READY));
    return kept;
  }

  private String command(String line) {
    Path socket = Objects.requireNonNull(states.running().get(0).control());
    return ControlClient.send(socket, line, reply -> {}, "");
  }

  private Keeper keeper(Supplier<Engines> servers) {
    return new Keeper(
        project,
        states,
        prepared(),
        new PrintStream(out, true, StandardCharsets.UTF_8),
        (plan, file) -> servers.get());
  }

  private PreparedFolder prepared() {
    return new PreparedFolder(project.preparedFolder(), project.appJar());
  }

  private void script(String... lines) throws IOException {
    Files.write(data.resolve("mover-script"), List.of(lines));
  }

  private static ProcessIdentity self() {
    return ProcessIdentity.of(ProcessHandle.current().pid()).orElseThrow();
  }
}
