// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.scalingtoolkit.sharding.map.Shard;
import io.scalingtoolkit.sharding.map.ShardMap;
import io.scalingtoolkit.sharding.map.SlotPlanner;
import io.scalingtoolkit.sharding.map.SlotPlanner.Transfer;
import io.scalingtoolkit.sharding.map.SlotStrategy;
import io.scalingtoolkit.sharding.move.MoverProcess.Pause;
import io.scalingtoolkit.testkit.net.FaultProxy;
import java.net.URI;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Two shards become three, four, and three again, under processes of users and a foreign writer.
 * What happens to the processes meanwhile follows from a seed: movers are killed, stopped, cut off
 * from a database, or taken back; a process of users is stopped.
 */
final class ReshardRound implements AutoCloseable {
  private static final int SLOTS = 64;
  private static final int GROUP = 6;
  private static final int CUSTOMERS = 500;
  private static final Duration LEASE = Duration.ofSeconds(1);
  private static final Duration USUAL_SOAK = Duration.ofMillis(60);

  /** Until somebody takes the move back, who waits for the end of a lease first. */
  private static final Duration LONG_SOAK = Duration.ofMinutes(10);

  /** Between two writes of the foreign writer, at most. */
  private static final Duration PAUSE = Duration.ofMillis(20);

  private static final int MOST_CALLS = 40;

  /** Of every ten calls of a mover, that many are left alone. */
  private static final int QUIET_OF_TEN = 4;

  private static final List<String> STEPS =
      List.of(
          "token.target",
          "arm.target",
          "arm.source",
          "COPYING",
          "copy",
          "CATCHING_UP",
          "catch-up",
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
  private static final List<String> LINKS = List.of("control", "s1", "s2", "s3", "s4");

  private final MoveSetup setup;
  private final List<ShopProcess> shops;
  private final MoverPool movers;
  private final Random random;
  private final Duration traffic;
  private final SeedReport report;
  private final List<String> addresses;
  private final List<String> linked = new ArrayList<>();
  private final Map<String, FaultProxy> links = new LinkedHashMap<>();
  private final List<Pause> pauses = new ArrayList<>();
  private final Mover looks;
  private long firstMoveNanos;

  /**
   * A round.
   *
   * @param traffic how long users write to a target before its move is taken back
   */
  ReshardRound(
      Engine engine,
      List<ShopProcess> shops,
      MoverPool movers,
      int seed,
      String name,
      Duration traffic)
      throws SQLException {
    this.shops = shops;
    this.movers = movers;
    // Each product meets other faults under the same seed.
    this.random = new Random(31L * seed + name.hashCode());
    this.traffic = traffic;
    this.report = new SeedReport(name);
    Map<String, Engine> shards = new LinkedHashMap<>();
    List.of("s1", "s2", "s3", "s4").forEach(each -> shards.put(each, engine));
    ShardMap map = ShardMap.of(SlotStrategy.hash(SLOTS), List.of(Shard.of("s1"), Shard.of("s2")));
    setup = new MoveSetup(engine.database(), shards, map);
    setup.fill(CUSTOMERS);
    looks = setup.mover().build();
    addresses = MoverProcess.addresses(setup, engine);
    for (String each : addresses) {
      String database = each.substring(0, each.indexOf('='));
      String url = each.substring(each.indexOf('=') + 1);
      URI direct = URI.create(url.substring("jdbc:".length()));
      FaultProxy link = FaultProxy.to(direct.getHost(), direct.getPort());
      links.put(database, link);
      String here = direct.getHost() + ':' + direct.getPort();
      linked.add(database + '=' + url.replace(here, link.host() + ':' + link.port()));
    }
  }

  /** Does all, and looks for every row at the end. */
  SeedReport run() throws Exception {
    try (Buyers foreigner = new Buyers().pausing(PAUSE)) {
      for (int i = 0; i < shops.size(); i++) {
        shops.get(i).open(1_000_000L * (i + 1), addresses);
      }
      foreigner.foreigner(setup.databases, setup.first::slotOf, 9_000_000, 30, random.nextInt());
      pass(Duration.ofMillis(500));
      firstMoveNanos = System.nanoTime();
      for (String added : List.of("s3", "s4")) {
        assertThat(setup.store.replace(setup.store.load().withShard(Shard.of(added)))).isTrue();
        reach(() -> SlotPlanner.rebalance(setup.store.load()));
      }
      reach(() -> SlotPlanner.drain(setup.store.load(), "s2"));
      assertThat(setup.store.replace(setup.store.load().withoutShard("s2"))).isTrue();
      Ledger users = setup.filled(0);
      for (ShopProcess shop : shops) {
        users = users.and(shop.end());
      }
      List<Throwable> failures = foreigner.stop();
      assertThat(failures).as("what the foreign writer saw").isEmpty();
      judge(users, Ledger.of(foreigner, foreigner.refusals()));
    }
    return report;
  }

  private void judge(Ledger users, Ledger foreigner) throws SQLException {
    Ledger all = setup.filled(CUSTOMERS).and(users).and(foreigner);
    report.judge(users, all.compare(setup));
    report.time(users, pauses, firstMoveNanos);
    for (Move move : looks.moves()) {
      report.outcomes.merge(move.state(), 1, Integer::sum);
    }
    setup.assertNothingLeft();
  }

  /** What is still to be moved. */
  private interface Plan {
    List<Transfer> transfers() throws SQLException;
  }

  private void reach(Plan plan) throws Exception {
    for (int calls = 1; !plan.transfers().isEmpty(); calls++) {
      assertThat(calls).as("calls of movers, " + report).isLessThan(MOST_CALLS);
      boolean quiet = random.nextInt(10) < QUIET_OF_TEN;
      if (quiet) {
        try (MoverPool.Lease mover = movers.take(addresses)) {
          mover.get().run(options(USUAL_SOAK), StopPoint.NONE, plan.transfers().subList(0, 1));
          mover.keep(expectEnd(mover.get()));
        }
      } else {
        disturbed(plan.transfers().subList(0, 1));
      }
      settle(!quiet && random.nextInt(3) == 0);
    }
  }

  private static MoveOptions options(Duration soak) {
    MoveOptions usual = MoveOptions.DEFAULT;
    return new MoveOptions(
        GROUP,
        20,
        usual.rowsPerSecond(),
        usual.logBudget(),
        usual.freezePatience(),
        usual.freezeAttempts(),
        LEASE,
        usual.readLease(),
        soak);
  }

  private boolean expectEnd(MoverProcess mover) {
    MoverProcess.End end = mover.awaitEnd();
    pauses.addAll(mover.pauses());
    mover.pauses().clear();
    if (end.failed()) {
      // On a machine where it got no time for as long as its lease; another one goes on.
      report.fault("failed");
    }
    return true;
  }

  private String point() {
    int choice = random.nextInt(STEPS.size() + StopPoint.COMMITS.size());
    return choice < STEPS.size()
        ? "step:" + STEPS.get(choice)
        : StopPoint.COMMITS.get(choice - STEPS.size());
  }

  private void disturbed(List<Transfer> transfers) throws Exception {
    switch (random.nextInt(8)) {
      case 0, 1 -> killed(transfers, point());
      case 2 -> killed(transfers, "delay:" + random.nextInt(600));
      case 3, 4 -> stopped(transfers);
      case 5 -> cutOff(transfers);
      case 6 -> takenBack(transfers);
      default -> usersStopped(transfers);
    }
  }

  private void killed(List<Transfer> transfers, String point) throws Exception {
    try (MoverPool.Lease mover = movers.take(addresses)) {
      mover.get().run(options(USUAL_SOAK), point, transfers);
      if (mover.get().awaitStop()) {
        mover.get().kill();
        report.fault("killed");
      } else {
        mover.keep(expectEnd(mover.get()));
      }
    }
  }

  /** Another one ends its moves; it is refused when it goes on. */
  private void stopped(List<Transfer> transfers) throws Exception {
    try (MoverPool.Lease mover = movers.take(addresses)) {
      mover.get().run(options(USUAL_SOAK), point(), transfers);
      if (!mover.get().awaitStop()) {
        mover.keep(expectEnd(mover.get()));
        return;
      }
      mover.get().freeze();
      report.fault("stopped");
      settle(false);
      mover.get().goOn(StopPoint.NONE);
      mover.get().thaw();
      MoverProcess.End end = mover.get().awaitEnd();
      assertThat(end.failed()).as(report + ", stopped: " + end).isTrue();
    }
  }

  /** For less than the lease, or for more, and then another one ends its moves. */
  private void cutOff(List<Transfer> transfers) throws Exception {
    Duration length = Duration.ofMillis(200 + random.nextInt(2_500));
    FaultProxy link = links.get(LINKS.get(random.nextInt(LINKS.size())));
    String point = point();
    try (MoverPool.Lease mover = movers.take(linked)) {
      mover.get().run(options(USUAL_SOAK), point, transfers);
      if (!mover.get().awaitStop()) {
        mover.keep(expectEnd(mover.get()));
        return;
      }
      link.cut();
      report.fault("cut off");
      mover.get().goOn(StopPoint.NONE);
      pass(length);
      if (length.compareTo(LEASE) > 0) {
        settle(false);
      }
      link.heal();
      // It goes on, or finds that another one has, or that its connection is gone.
      MoverProcess.End unused = mover.get().awaitEnd();
    }
  }

  /** The mover dies while a group soaks; another one takes the group back, with what is new. */
  private void takenBack(List<Transfer> transfers) throws Exception {
    try (MoverPool.Lease mover = movers.take(addresses)) {
      mover.get().run(options(LONG_SOAK), "in:SOAKING", transfers);
      if (!mover.get().awaitStop()) {
        mover.keep(expectEnd(mover.get()));
        return;
      }
      mover.get().kill();
    }
    report.fault("taken back");
    long writes = writes();
    pass(traffic);
    report.rolledBackAfter(writes() - writes);
    List<Move> moves = looks.moves();
    String id = moves.get(moves.size() - 1).id();
    try (MoverPool.Lease mover = movers.take(addresses)) {
      await()
          .atMost(Duration.ofSeconds(30))
          .until(
              () -> {
                mover.get().rollBack(options(LONG_SOAK), StopPoint.NONE, id);
                MoverProcess.End end = mover.get().awaitEnd();
                // A lease that still runs is told by an exception.
                return end.states().equals(List.of(MoveState.ROLLED_BACK));
              });
      pauses.addAll(mover.get().pauses());
      mover.get().pauses().clear();
      mover.keep(true);
    }
  }

  /** A process of users, wherever it is, in a transaction for instance. */
  private void usersStopped(List<Transfer> transfers) throws Exception {
    ShopProcess shop = shops.get(random.nextInt(shops.size()));
    try (MoverPool.Lease mover = movers.take(addresses)) {
      mover.get().run(options(USUAL_SOAK), point(), transfers);
      if (mover.get().awaitStop()) {
        shop.freeze();
        report.fault("users stopped");
        mover.get().goOn(StopPoint.NONE);
        pass(Duration.ofMillis(100 + random.nextInt(3_000)));
        shop.thaw();
      }
      mover.keep(expectEnd(mover.get()));
    }
  }

  private long writes() {
    return shops.stream().mapToLong(ShopProcess::writes).sum();
  }

  /** Lets movers go on with what is left until nothing is, if asked for with a kill on the way. */
  private void settle(boolean disturbed) throws Exception {
    long start = System.nanoTime();
    if (looks.moves().stream().allMatch(move -> move.state().isFinal())) {
      return;
    }
    String point = disturbed ? point() : StopPoint.NONE;
    while (!looks.moves().stream().allMatch(move -> move.state().isFinal())) {
      assertThat(System.nanoTime() - start)
          .as("recovery, " + report)
          .isLessThan(TimeUnit.MINUTES.toNanos(2));
      try (MoverPool.Lease mover = movers.take(addresses)) {
        mover.get().resume(options(USUAL_SOAK), point);
        if (mover.get().awaitStop()) {
          mover.get().kill();
          report.fault("killed again");
          point = StopPoint.NONE;
          start = System.nanoTime();
        } else {
          mover.keep(expectEnd(mover.get()));
        }
      }
      pass(Duration.ofMillis(20));
    }
    report.recovered(System.nanoTime() - start);
  }

  private static void pass(Duration time) {
    long end = System.nanoTime() + time.toNanos();
    while (System.nanoTime() - end < 0) {
      LockSupport.parkNanos(end - System.nanoTime());
    }
  }

  @Override
  public void close() {
    links.values().forEach(FaultProxy::close);
    setup.databases.values().forEach(HikariDataSource::close);
    setup.control.close();
  }
}
