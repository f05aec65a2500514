// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a keeper does about movers, which here only say what they are told to. */
final class RelocationIT {

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String DONE = "{\"done\":true,\"pauseMillisMax\":3}";

  @TempDir private Path data;

  /** What happened, with what the folder remembered of the move then. */
  private final Queue<String> events = new ConcurrentLinkedQueue<>();

  private Program program = new Program(Path.of(""), Path.of(""));
  private Relocation relocation =
      new Relocation(Path.of(""), Database.POSTGRES, this::mover, () -> {}, () -> {});

  @BeforeEach
  void prepare() throws IOException {
    program = new Program(FakeApp.jar(data.resolve("app/fake.jar")), data.resolve("app"));
    new MoveNote(Database.POSTGRES, false).write(data);
    relocation =
        new Relocation(
            data, Database.POSTGRES, this::mover, () -> note("moved"), () -> note("undone"));
  }

  @AfterEach
  void close() {
    relocation.close();
  }

  @Test
  void there_done_folderRemembersItBeforeAnybodyIsTold() throws Exception {
    script("{\"state\":\"FREEZING\"}", DONE);

    relocation.answer("move", this::note);

    assertThat(events)
        .containsSubsequence("moved, note says true", "done, note says true")
        .doesNotContain("undone, note says true", "undone, note says false");
    assertThat(relocation.hasArrived()).isTrue();
  }

  @Test
  void there_secondTime_followsTheSameMover() throws Exception {
    script("{\"state\":\"COPYING\"}", "wait", DONE);
    CompletableFuture<Void> first = inBackground(this::note);
    await().atMost(PATIENCE).until(() -> events.contains("move, note says false"));
    Queue<Reply> seen = new ConcurrentLinkedQueue<>();
    CompletableFuture<Void> second = inBackground(seen::add);
    await()
        .atMost(PATIENCE)
        .until(() -> seen.stream().anyMatch(reply -> reply.kind() == Reply.Kind.MOVE));

    Files.delete(data.resolve("mover-script"));

    first.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    second.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    assertThat(seen).extracting(Reply::kind).endsWith(Reply.Kind.DONE);
    assertThat(Files.readAllLines(data.resolve("mover-arguments")))
        .containsExactly("--move-to-server");
    assertThat(events).filteredOn("moved, note says true"::equals).hasSize(1);
  }

  @Test
  void there_failedAndTheFileIsServedAlone_isUndone() throws Exception {
    script("{\"failed\":\"no room\"}");

    relocation.answer("move", this::note);

    assertThat(events).endsWith("failed, note says false", "undone, note says false");
    assertThat(relocation.hasArrived()).isFalse();
  }

  @Test
  void there_failedAndTheApplicationStillUsesTheServers_theyStay() throws Exception {
    Files.createFile(data.resolve(Relocation.REQUEST));
    script("{\"state\":\"SWITCHED\"}", "die");

    relocation.answer("move", this::note);

    assertThat(events).endsWith("failed, note says false");
    assertThat(relocation.hasArrived()).as("the application needs the servers").isTrue();
  }

  @Test
  void back_whileItSoaks_endsTheMoverAndIsUndone() throws Exception {
    Files.createFile(data.resolve(Relocation.REQUEST));
    script("{\"state\":\"SOAKING\"}", "wait");
    CompletableFuture<Void> there = inBackground(this::note);
    await().atMost(PATIENCE).until(relocation::hasArrived);
    Files.delete(data.resolve(Relocation.REQUEST));
    script(DONE);
    Queue<Reply> said = new ConcurrentLinkedQueue<>();

    relocation.answer("move back", said::add);

    there.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    assertThat(said).last().extracting(Reply::kind).isEqualTo(Reply.Kind.DONE);
    assertThat(Files.readAllLines(data.resolve("mover-arguments")))
        .containsExactly("--move-to-server", "--move-back");
    assertThat(relocation.hasArrived()).isFalse();
    assertThat(events).contains("undone, note says false").doesNotContain("moved, note says true");
  }

  private CompletableFuture<Void> inBackground(Consumer<Reply> replies) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            relocation.answer("move", replies);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  private MoverProcess mover(MoverProcess.Work work) {
    return MoverProcess.start(
        program,
        new AppProcess.Setup(0, new DataFolder(data.resolve("mover")), false, Map.of(), List.of()),
        work);
  }

  private void script(String... lines) throws IOException {
    Files.write(data.resolve("mover-script"), List.of(lines));
  }

  private void note(Reply reply) {
    note(reply.kind().name().toLowerCase(Locale.ROOT));
  }

  private void note(String event) {
    events.add(event + ", note says " + MoveNote.read(data).map(MoveNote::moved).orElseThrow());
  }
}
