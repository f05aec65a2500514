// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.scalingtoolkit.sharding.ShardedDataSource;
import io.scalingtoolkit.sharding.map.ShardMap;
import io.scalingtoolkit.sharding.map.SlotPlanner;
import io.scalingtoolkit.sharding.map.SlotSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves of random slots between three shards, one after the other, each of which goes through, is
 * killed at a random step and taken over, or is rolled back, while users and a foreign writer
 * write. {@code moves.seconds}, {@code moves.seed} and {@code moves.only} set length, choices and
 * product.
 */
class MoveHistoryIT {
  private static final Logger LOG = LoggerFactory.getLogger(MoveHistoryIT.class);
  private static final int SECONDS = Integer.getInteger("moves.seconds", 8);
  private static final int SEED = Integer.getInteger("moves.seed", 1);
  private static final String ONLY = System.getProperty("moves.only", "");
  private static final List<String> STEPS =
      List.of(
          "token.target",
          "arm.target",
          "arm.source",
          "COPYING",
          "copy",
          "CATCHING_UP",
          "VERIFYING",
          "verify",
          "FREEZING",
          "freeze",
          "freeze.done",
          "drained",
          "switch",
          "switch.done",
          "activate.target",
          "activate.source",
          "SOAKING",
          "FINALIZING",
          "finalize.target",
          "purge.source",
          "leave.source",
          "DONE");
  private static final MoveOptions OPTIONS =
      MoveOptions.DEFAULT
          .withGroupSize(MoveSetup.SLOTS)
          .withLease(Duration.ofSeconds(1))
          .withSoak(Duration.ofMillis(50));

  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb", "mysql"})
  void moves_atRandom_loseNothing(String product) throws Exception {
    assumeTrue(ONLY.isEmpty() || ONLY.equals(product), "only " + ONLY);
    Random random = new Random(SEED);
    Map<String, Integer> outcomes = new TreeMap<>();
    List<Long> pauses = new ArrayList<>();
    try (Engine engine = Engine.of(product)) {
      MoveSetup setup = MoveSetup.of(engine, "s1", "s2", "s3");
      setup.fill(300);
      try (ShardedDataSource shards = setup.open();
          Buyers buyers = new Buyers()) {
        buyers.users(shards, 4, 1_000_000, 30, SEED);
        buyers.foreigner(setup.databases, setup.first::slotOf, 2_000_000, 30, SEED + 100);
        long end = System.nanoTime() + SECONDS * 1_000_000_000L;
        while (System.nanoTime() < end && buyers.failures().isEmpty()) {
          round(setup, random, outcomes, pauses);
        }
        long after = buyers.writes();
        await().until(() -> buyers.writes() > after + 20 || !buyers.failures().isEmpty());
        assertThat(buyers.stop()).isEmpty();
        setup.assertRows(buyers, 300);
        setup.assertNothingLeft();
        pauses.sort(null);
        LOG.info(
            "{}, seed {}: {}; {} writes, {} refusals of the foreigner, slowest write {} ms, pauses"
                + " p50 {}, p99 {}, max {} ms",
            product,
            SEED,
            outcomes,
            buyers.writes(),
            buyers.refusals(),
            buyers.slowestMillis(),
            at(pauses, 0.5),
            at(pauses, 0.99),
            at(pauses, 1));
      }
    }
  }

  private static long at(List<Long> sorted, double part) {
    return sorted.isEmpty()
        ? 0
        : sorted.get((int) Math.min(sorted.size() - 1, sorted.size() * part));
  }

  private static void round(
      MoveSetup setup, Random random, Map<String, Integer> outcomes, List<Long> pauses)
      throws SQLException {
    SlotPlanner.Transfer transfer = transfer(setup.store.load(), random);
    String step = random.nextBoolean() ? STEPS.get(random.nextInt(STEPS.size())) : "";
    boolean back = random.nextInt(4) == 0;
    MoveListener dies =
        new MoveListener() {
          @Override
          public void step(Move move, String label) {
            if (label.equals(step)) {
              throw new Soaking.Killed();
            }
          }

          @Override
          public void progressed(Move move) {
            if (back && move.state() == MoveState.SOAKING) {
              throw new Soaking.Killed();
            }
          }
        };
    MoveState outcome;
    try {
      MoveReport report =
          setup.mover().options(OPTIONS).listener(dies).build().run(List.of(transfer));
      report.pauses().forEach(pause -> pauses.add(pause.toMillis()));
      outcome = report.moves().get(0).state();
    } catch (Soaking.Killed killed) {
      outcome = takeOver(setup, back);
    }
    outcomes.merge(outcome + (step.isEmpty() ? "" : " after a kill"), 1, Integer::sum);
  }

  /** Some of the slots of a shard that has any, to another one. */
  private static SlotPlanner.Transfer transfer(ShardMap map, Random random) {
    List<String> names = map.shards().stream().map(shard -> shard.name()).toList();
    String from = names.get(random.nextInt(names.size()));
    while (map.slotsOf(from).isEmpty()) {
      from = names.get(random.nextInt(names.size()));
    }
    String to = from;
    while (to.equals(from)) {
      to = names.get(random.nextInt(names.size()));
    }
    int[] all = map.slotsOf(from).toArray();
    int[] some = new int[1 + random.nextInt(all.length)];
    System.arraycopy(all, 0, some, 0, some.length);
    return new SlotPlanner.Transfer(SlotSet.of(some), from, to);
  }

  /** Another mover, as soon as it may. */
  private static MoveState takeOver(MoveSetup setup, boolean back) throws SQLException {
    Mover mover = setup.mover().options(OPTIONS).build();
    List<Move> moves = mover.moves();
    String id = moves.get(moves.size() - 1).id();
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () -> {
              Move move = mover.moves().get(moves.size() - 1);
              if (move.state().isFinal()) {
                return true;
              }
              if (back && move.state() == MoveState.SOAKING) {
                try {
                  return mover.rollBack(id).state().isFinal();
                } catch (IllegalStateException e) {
                  // The lease of the dead mover still runs.
                  return false;
                }
              }
              return !mover.resume().moves().isEmpty();
            });
    setup.assertNothingLeft();
    return mover.moves().get(moves.size() - 1).state();
  }
}
