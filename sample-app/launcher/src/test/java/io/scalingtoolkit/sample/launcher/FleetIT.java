// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Phase 3 with processes of a program that starts in a moment, and with servers made up. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
final class FleetIT {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String COPYING =
      "{\"state\":\"COPYING\",\"group\":1,\"groups\":2,\"rows\":5,\"logDepth\":0,\"pauseMillis\":null}";
  private static final String DONE = "{\"done\":true,\"pauseMillisMax\":17}";

  @TempDir private Path folder;
  private final List<FleetBench> benches = new ArrayList<>();
  private final List<Reply> replies = new ArrayList<>();

  @AfterEach
  void close() {
    benches.forEach(FleetBench::close);
    benches.forEach(bench -> assertThat(bench.processes()).isEmpty());
  }

  @Test
  void start_severalInstances_tellsEachOfAllShardsAndOfItsOwnFolder() throws Exception {
    FleetBench bench = bench(3);

    Fleet.Report report = bench.fleet.start();

    assertThat(report.instances()).extracting(Instances.Status::number).containsExactly(1, 2, 3);
    assertThat(report.engines()).contains("shard   s1", "  engine of s1", "shard   s2");
    assertThat(report.shards()).isEqualTo(2);
    assertThat(report.joining()).isFalse();
    assertThat(report.balancer()).isEqualTo("relay on " + bench.port);
    for (Instances.Status instance : report.instances()) {
      assertThat(FleetBench.get(instance.port(), "/environment").lines())
          .contains(
              "APP_DATABASE_SHARDS_0_NAME=s1",
              "APP_DATABASE_SHARDS_1_PRIMARY_URL=jdbc:s2:primary",
              "APP_DATABASE_SHARDS_1_REPLICAS_0_URL=jdbc:s2:replica",
              "TOOLKIT_SHARED=yes",
              "TOOLKIT_CACHE_ENABLED=true")
          .noneMatch(line -> line.startsWith("APP_DATABASE_PRIMARY_URL"));
      assertThat(FleetBench.get(instance.port(), "/arguments").lines())
          .contains(
              "--server.port=" + instance.port(),
              "--server.address=127.0.0.1",
              "--app.data-dir=" + bench.data.resolve("instance-" + instance.number()),
              "--app.avatars-dir=" + bench.data.resolve("avatars"),
              "--app.security.keys-dir=" + bench.data.resolve("keys"),
              "--app.stop-with-parent=true",
              "--toolkit.client-address.trusted-proxies=127.0.0.1");
    }
    assertThat(bench.get("/who")).isNotEqualTo(bench.get("/who"));
  }

  @Test
  void start_instanceDoesNotStart_saysWhichAndLeavesNothing() throws Exception {
    FleetBench bench = bench(3);
    Files.writeString(bench.data.resolve("refuse"), "instance-2\n");

    assertThatThrownBy(bench.fleet::start)
        .isInstanceOf(UserError.class)
        .hasMessageContaining("instance 2 on port ")
        .hasMessageContaining("refused by the test");
    bench.close();

    assertThat(bench.processes()).isEmpty();
    assertThat(bench.log).contains("closed redis", "closed s1", "closed s2");
  }

  @Test
  void start_firstInstanceIsReadyBeforeTheOthersStart() throws Exception {
    FleetBench bench = bench(2);
    Files.writeString(bench.data.resolve("refuse"), "instance-1\n");

    assertThatThrownBy(bench.fleet::start).hasMessageContaining("instance 1 on port ");

    assertThat(bench.data.resolve("instance-2")).doesNotExist();
  }

  @Test
  void instance_killed_othersAnswerAndItComesBack() throws Exception {
    FleetBench bench = bench(2);
    bench.fleet.start();
    List<Integer> ports = bench.balanced();

    FleetBench.kill(ports.get(0));

    assertThat(FleetBench.get(ports.get(1), "/who")).isEqualTo(ports.get(1).toString());
    await().atMost(PATIENCE).until(() -> bench.journal().contains("serves again"));
    assertThat(FleetBench.get(ports.get(0), "/who")).isEqualTo(ports.get(0).toString());
    assertThat(bench.balanced()).isEqualTo(ports);
    assertThat(bench.journal())
        .contains("Instance 1 on port " + ports.get(0) + " ended with exit code 137");
    assertThat(bench.data.resolve("logs/supervisor.log")).content().contains("serves again");
  }

  @Test
  void instance_endsAgainAndAgain_isGivenUpAndThenAllIsOver() throws Exception {
    FleetBench bench = bench(1);
    bench.fleet.start();
    int port = bench.balanced().get(0);

    for (int death = 1; death <= Instance.MAX_DEATHS; death++) {
      int again = death;
      FleetBench.kill(port);
      await().atMost(PATIENCE).until(() -> count(bench.journal(), "serves again") == again);
    }
    FleetBench.kill(port);

    bench.fleet.awaitEnd();
    assertThat(bench.journal()).contains("once more; it is given up");
  }

  @Test
  void instance_livedLongBetweenItsDeaths_isNotGivenUp() throws Exception {
    FleetBench bench = bench(1);
    bench.fleet.start();
    int port = bench.balanced().get(0);

    for (int death = 1; death <= Instance.MAX_DEATHS + 1; death++) {
      int again = death;
      bench.nanos.addAndGet(Duration.ofMinutes(1).toNanos());
      FleetBench.kill(port);
      await().atMost(PATIENCE).until(() -> count(bench.journal(), "serves again") == again);
    }
    assertThat(bench.journal()).doesNotContain("given up");
  }

  @Test
  void add_underLoad_losesNoRequestAndTellsAllInstances() throws Exception {
    FleetBench bench = bench(2);
    bench.fleet.start();
    List<Integer> ports = bench.balanced();
    String before = FleetBench.get(ports.get(0), "/pid");
    bench.moverSays("a line of something else", COPYING, DONE);

    String last;
    try (Load load = new Load(bench)) {
      last = bench.send("shards add s3", replies);
      load.stop();
      assertThat(load.failures).isEmpty();
      assertThat(load.answers.get()).isPositive();
    }

    assertThat(last).isEqualTo("All moves are done; the longest pause of writes was 17 ms.");
    assertThat(replies).contains(Reply.move(DONE));
    assertThat(bench.balanced()).isEqualTo(ports);
    assertThat(FleetBench.get(ports.get(0), "/pid")).isNotEqualTo(before);
    for (int port : ports) {
      assertThat(FleetBench.get(port, "/environment"))
          .contains("APP_DATABASE_SHARDS_2_NAME=s3", "SHARDS_2_PRIMARY_URL=jdbc:s3:primary");
    }
    assertThat(bench.data.resolve("mover-arguments")).hasContent("--add-shards");
    assertThat(bench.data.resolve("mover-environment")).hasContent("s3");
    assertThat(new ShardList(bench.data).names()).containsExactly("s1", "s2", "s3");
    assertThat(new ShardList(bench.data).joining()).isFalse();
    assertThat(bench.data.resolve("mover/logs/output.log")).hasContent("a line of something else");
  }

  @Test
  void add_onlyOneInstance_anotherStandsInMeanwhile() throws Exception {
    FleetBench bench = bench(1);
    bench.fleet.start();
    List<Integer> ports = bench.balanced();
    bench.moverSays(DONE);

    try (Load load = new Load(bench)) {
      bench.send("shards add s3", replies);
      load.stop();
      assertThat(load.failures).isEmpty();
    }

    assertThat(bench.balanced()).isEqualTo(ports);
    assertThat(bench.processes()).hasSize(1);
  }

  @Test
  void add_moverDies_saysHowToGoOnAndResumeDoes() throws Exception {
    FleetBench bench = bench(1);
    bench.fleet.start();
    bench.moverSays(COPYING, "die");

    assertThatThrownBy(() -> bench.send("shards add s3", replies))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("the mover ended with exit code 137")
        .hasMessageContaining("./run shards resume");
    assertThat(replies).contains(Reply.move(COPYING));
    String instance = bench.get("/pid");
    assertThat(new ShardList(bench.data).joining()).isTrue();
    assertThatThrownBy(() -> bench.send("shards add s4", replies))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("has not got all of its share; finish that first");
    assertThat(bench.log).doesNotContain("started s4");

    bench.moverSays(COPYING, DONE);
    assertThat(bench.send("shards resume", replies)).startsWith("All moves are done");

    // What was begun is finished, and what was not begun is planned anew.
    assertThat(bench.data.resolve("mover-arguments"))
        .hasContent("--add-shards\n--resume-moves\n--add-shards\n");
    assertThat(new ShardList(bench.data).joining()).isFalse();
    // Nothing has changed for the instance, so it was left alone.
    assertThat(bench.get("/pid")).isEqualTo(instance);
  }

  @Test
  void add_moverGivesUp_passesOnTheReason() throws Exception {
    FleetBench bench = bench(1);
    bench.fleet.start();
    bench.moverSays("{\"failed\":\"no room on s3\"}");

    assertThatThrownBy(() -> bench.send("shards add s3", replies))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("the mover gave up: no room on s3")
        .hasMessageContaining("./run shards resume");
    assertThatThrownBy(() -> bench.send("shards resume", replies))
        .hasMessageContaining("no room on s3");
    assertThat(bench.data.resolve("mover-arguments")).hasContent("--add-shards\n--resume-moves\n");
  }

  @Test
  void add_instanceDoesNotComeBack_othersGoOnAndResumeFinishes() throws Exception {
    FleetBench bench = bench(2);
    bench.fleet.start();
    List<Integer> ports = bench.balanced();
    bench.moverSays(DONE);
    Files.writeString(bench.data.resolve("refuse"), "instance-1\n");

    assertThatThrownBy(() -> bench.send("shards add s3", replies))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("refused by the test");
    assertThat(bench.get("/who")).isEqualTo(ports.get(1).toString());
    assertThat(bench.data.resolve("mover-arguments")).doesNotExist();

    Files.delete(bench.data.resolve("refuse"));
    bench.send("shards resume", replies);

    assertThat(bench.balanced()).isEqualTo(ports);
    assertThat(bench.data.resolve("mover-arguments")).hasContent("--resume-moves\n--add-shards\n");
  }

  @Test
  void add_whileAnotherMoves_isRefusedAndResumeWatches() throws Exception {
    FleetBench bench = bench(1);
    bench.fleet.start();
    bench.moverSays(COPYING, "wait", DONE);
    Thread adding = new Thread(() -> bench.send("shards add s3", new ArrayList<>()));
    adding.start();
    await().atMost(PATIENCE).until(() -> Files.exists(bench.data.resolve("mover-arguments")));

    assertThatThrownBy(() -> bench.send("shards add s4", replies))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("another move is under way");
    assertThatThrownBy(() -> bench.send("shards add s3", replies))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("shard s3 is there already");
    String last =
        ControlClient.send(
            bench.control,
            "shards resume",
            reply -> {
              replies.add(reply);
              endWait(bench);
            });

    assertThat(replies).contains(Reply.move(COPYING));
    assertThat(last).startsWith("All moves are done");
    adding.join();
  }

  @Test
  void add_badNames_areRefused() throws Exception {
    FleetBench bench = bench(1);
    bench.fleet.start();

    for (String bad : List.of("S3", "3s", "s_3", "../s", "s".repeat(32))) {
      assertThatThrownBy(() -> bench.send("shards add " + bad, replies))
          .isInstanceOf(UserError.class)
          .hasMessageContaining("[a-z][a-z0-9-]{0,30}")
          .hasMessageContaining(bad);
    }
    assertThatThrownBy(() -> bench.send("shards add s1", replies))
        .hasMessageContaining("shard s1 is there already");
    assertThatThrownBy(() -> bench.send("drop everything", replies))
        .hasMessageContaining("no command 'drop everything'");
    assertThat(bench.log).containsExactlyInAnyOrder("started s1", "started s2");
  }

  @Test
  void shards_isWhatAnInstanceSays() throws Exception {
    FleetBench bench = bench(1);
    bench.fleet.start();

    assertThat(bench.send("shards", replies)).isEmpty();
    assertThat(replies)
        .containsExactly(Reply.json("{\"version\":7,\"slots\":16,\"shards\":[{\"name\":\"s1\"}]}"));
  }

  @Test
  void start_afterAShardWasAdded_startsItToo() throws Exception {
    new DataFolder(folder.resolve("data")).prepare();
    new ShardList(folder.resolve("data")).add("s3");
    FleetBench bench = bench(1);

    assertThat(bench.fleet.start().joining()).isTrue();

    assertThat(bench.get("/environment")).contains("APP_DATABASE_SHARDS_2_NAME=s3");
  }

  @Test
  void close_endsInstancesBeforeTheServers() throws Exception {
    FleetBench bench = bench(2);
    bench.fleet.start();
    List<ProcessHandle> processes = bench.processes();
    assertThat(processes).hasSize(2);

    bench.close();
    bench.close();

    assertThat(processes).noneMatch(ProcessHandle::isAlive);
    assertThat(bench.log.indexOf("closed redis")).isLessThan(bench.log.indexOf("closed s1"));
    assertThat(bench.log).contains("with instances 0");
    assertThat(bench.control).doesNotExist();
    assertThatThrownBy(() -> bench.get("/who")).isInstanceOf(IOException.class);
    bench.fleet.awaitEnd();
  }

  @Test
  void close_whileAMoverRuns_endsIt() throws Exception {
    FleetBench bench = bench(1);
    bench.fleet.start();
    bench.moverSays(COPYING, "wait");
    Thread adding =
        new Thread(
            () ->
                assertThatThrownBy(() -> bench.send("shards add s3", new ArrayList<>()))
                    .isInstanceOf(UserError.class));
    adding.start();
    await().atMost(PATIENCE).until(() -> Files.exists(bench.data.resolve("mover-arguments")));

    bench.close();

    assertThat(bench.processes()).isEmpty();
    adding.join();
  }

  private FleetBench bench(int instances) throws IOException {
    FleetBench bench = new FleetBench(folder, instances);
    benches.add(bench);
    return bench;
  }

  private static void endWait(FleetBench bench) {
    try {
      Files.deleteIfExists(bench.data.resolve("mover-script"));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static int count(String text, String part) {
    return text.split(part, -1).length - 1;
  }

  /** Asks through the balancer without a pause. */
  private static final class Load implements AutoCloseable {

    private final Queue<Exception> failures = new ConcurrentLinkedQueue<>();
    private final AtomicInteger answers = new AtomicInteger();
    private final AtomicBoolean enough = new AtomicBoolean();
    private final Thread thread;

    Load(FleetBench bench) {
      thread = new Thread(() -> ask(bench));
      thread.start();
    }

    private void ask(FleetBench bench) {
      while (!enough.get()) {
        try {
          assertThat(bench.get("/who")).isNotEmpty();
          answers.incrementAndGet();
        } catch (Exception e) {
          failures.add(e);
        }
      }
    }

    void stop() throws InterruptedException {
      enough.set(true);
      thread.join();
    }

    @Override
    public void close() {
      enough.set(true);
    }
  }
}
