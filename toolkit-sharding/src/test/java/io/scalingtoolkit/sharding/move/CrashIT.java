// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.scalingtoolkit.sharding.ShardedDataSource;
import io.scalingtoolkit.sharding.map.SlotPlanner;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A mover sleeps at each of its steps while another one ends or undoes its move, or dies while the
 * slots are frozen. Movers that are killed are in {@link MoverProcessIT}.
 */
class CrashIT {
  private static final MoveOptions OPTIONS =
      MoveOptions.DEFAULT
          .withGroupSize(MoveSetup.SLOTS)
          .withLease(Duration.ofSeconds(1))
          .withSoak(Duration.ofMillis(60));

  /** Stops a mover the first time it comes by a step. */
  private record KillAt(String label) implements MoveListener {
    @Override
    public void step(Move move, String step) {
      if (step.equals(label)) {
        throw new Soaking.Killed();
      }
    }
  }

  /** All steps that a move takes, as one that nothing happens to says. */
  private static Set<String> labels(Engine engine) throws Exception {
    Set<String> labels = new LinkedHashSet<>();
    MoveSetup setup = MoveSetup.of(engine, "s1", "s2");
    setup.fill(20);
    MoveListener note =
        new MoveListener() {
          @Override
          public void step(Move move, String label) {
            labels.add(label);
          }
        };
    assertThat(setup.mover().options(OPTIONS).listener(note).build().run(setup.all()).isDone())
        .isTrue();
    return labels;
  }

  /** A mover that sleeps at a step while another one undoes or ends its move, and then goes on. */
  @ParameterizedTest
  @ValueSource(strings = "postgres")
  void mover_asleepAtEachStep_isRefusedWhenItWakes(String product) throws Exception {
    ExecutorService executor = Executors.newCachedThreadPool();
    try (Engine engine = Engine.of(product)) {
      Set<String> labels = labels(engine);
      MoveSetup setup = MoveSetup.of(engine, "s1", "s2");
      setup.fill(200);
      try (ShardedDataSource shards = setup.open();
          Buyers buyers = new Buyers()) {
        buyers.users(shards, 2, 1_000_000, 20, 5);
        for (String label : labels) {
          sleepAt(setup, label, executor);
          setup.assertNothingLeft();
        }
        assertThat(buyers.stop()).isEmpty();
        setup.assertRows(buyers, 200);
      }
    } finally {
      executor.shutdownNow();
      assertThat(executor.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  private static void sleepAt(MoveSetup setup, String label, ExecutorService executor)
      throws Exception {
    CountDownLatch asleep = new CountDownLatch(1);
    CountDownLatch wake = new CountDownLatch(1);
    MoveListener sleeper =
        new MoveListener() {
          private boolean slept;

          @Override
          public void step(Move move, String step) {
            if (step.equals(label) && !slept) {
              slept = true;
              asleep.countDown();
              try {
                wake.await();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            }
          }
        };
    String from = setup.store.load().shardOf(0);
    String to = from.equals("s1") ? "s2" : "s1";
    var transfer = new SlotPlanner.Transfer(setup.all().get(0).slots(), from, to);
    Mover first = setup.mover().options(OPTIONS).listener(sleeper).build();
    Future<MoveReport> run = executor.submit(() -> first.run(List.of(transfer)));
    assertThat(asleep.await(30, TimeUnit.SECONDS)).as(label).isTrue();
    Mover second = setup.mover().options(OPTIONS).build();
    Move move = second.moves().get(second.moves().size() - 1);
    await(label)
        .atMost(Duration.ofSeconds(20))
        .until(
            () -> {
              try {
                if (move.state().ordinal() < MoveState.SWITCHED.ordinal()) {
                  second.abort(move.id());
                } else {
                  second.resume();
                }
              } catch (IllegalStateException e) {
                // The lease of the sleeper still runs.
                return false;
              }
              return second.moves().stream().allMatch(each -> each.state().isFinal());
            });
    wake.countDown();
    try {
      MoveReport report = run.get(30, TimeUnit.SECONDS);
      assertThat(report.moves()).as(label).isEmpty();
    } catch (ExecutionException refused) {
      assertThat(refused.getCause()).as(label).isInstanceOf(FencedException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"freeze.done", "switch.done"})
  void frozenSlots_moverDead_areOpenedByTheApplication(String label) throws Exception {
    try (Engine engine = Engine.of("postgres")) {
      MoveSetup setup = MoveSetup.of(engine, "s1", "s2");
      setup.fill(100);
      SimpleMeterRegistry registry = new SimpleMeterRegistry();
      Mover unblocker = setup.mover().options(OPTIONS).build();
      try (ShardedDataSource shards =
              setup.builder().unblockedBy(unblocker).meterRegistry(registry).build();
          Buyers buyers = new Buyers()) {
        buyers.users(shards, 2, 1_000_000, 20, 17);
        await().until(() -> buyers.writes() > 20);
        Mover first = setup.mover().options(OPTIONS).listener(new KillAt(label)).build();
        assertThatThrownBy(() -> first.run(setup.all())).isInstanceOf(Soaking.Killed.class);
        long before = buyers.writes();

        await().atMost(Duration.ofSeconds(20)).until(() -> buyers.writes() > before + 20);

        assertThat(registry.get("toolkit.sharding.retries").counter().count()).isPositive();
        String owner = label.equals("freeze.done") ? "s1" : "s2";
        assertThat(setup.store.load().shardOf(0)).isEqualTo(owner);
        setup.mover().options(OPTIONS).build().resume();
        assertThat(buyers.stop()).isEmpty();
        setup.assertRows(buyers, 100);
        setup.assertNothingLeft();
      }
    }
  }

  @Test
  void rollBack_afterTrafficOnTheTarget_losesNothing() throws Exception {
    try (Engine engine = Engine.of("postgres")) {
      MoveSetup setup = MoveSetup.of(engine, "s1", "s2");
      setup.fill(500);
      try (ShardedDataSource shards = setup.open();
          Buyers buyers = new Buyers()) {
        buyers.users(shards, 3, 1_000_000, 50, 7);
        String id = Soaking.begin(setup, OPTIONS);
        long before = buyers.writes();
        await().until(() -> buyers.writes() > before + 300);

        Soaking.rollBack(setup, OPTIONS, id);

        long after = buyers.writes();
        await().until(() -> buyers.writes() > after + 50);
        assertThat(buyers.stop()).isEmpty();
        assertThat(setup.store.load().shardOf(3)).isEqualTo("s1");
        setup.assertRows(buyers, 500);
        setup.assertNothingLeft();
      }
    }
  }
}
