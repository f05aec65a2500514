// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.scalingtoolkit.sharding.ShardedDataSource;
import io.scalingtoolkit.sharding.map.SlotPlanner.Transfer;
import io.scalingtoolkit.sharding.map.SlotSet;
import io.scalingtoolkit.testkit.net.FaultProxy;
import io.scalingtoolkit.testkit.process.Workspace;
import java.net.URI;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Movers that are processes of their own are killed, stopped, cut off from a database, or have a
 * clock that jumps, while users and a foreign writer write. Several such moves at a time, each of
 * slots of its own, so that they wait for the end of a lease together.
 */
class MoverProcessIT {
  private static final int LANES = 4;
  private static final int CUSTOMERS = 400;
  private static final Duration LEASE = Duration.ofSeconds(1);

  /** What is promised: zero manual steps, and no longer than this. */
  private static final Duration RECOVERY = LEASE.plusSeconds(5);

  private static final Duration CUT = Duration.ofMillis(2_500);
  private static final int MOST_ATTEMPTS = 4;

  private final Workspace workspace = Workspace.open("movers");
  private final ExecutorService executor = Executors.newFixedThreadPool(LANES);

  @AfterEach
  void close() {
    executor.shutdownNow();
    workspace.close();
  }

  /** What happens to a mover that stands at a point. */
  private interface Fault {
    void to(MoverProcess mover, Lane lane, String point) throws Exception;
  }

  /** Some slots that move to and fro, and the next process to move them. */
  private final class Lane implements AutoCloseable {
    final Engine engine;
    final MoveSetup setup;
    final Buyers buyers;
    final SlotSet slots;
    private MoverProcess spare;

    /** The ways of its movers to the databases. */
    private final Map<String, FaultProxy> links = new LinkedHashMap<>();

    private final boolean behindLinks;
    private int started;

    Lane(Engine engine, MoveSetup setup, Buyers buyers, int number, boolean behindLinks) {
      this.behindLinks = behindLinks;
      this.engine = engine;
      this.setup = setup;
      this.buyers = buyers;
      int each = MoveSetup.SLOTS / LANES;
      slots = SlotSet.range(number * each, number * each + each - 1);
      spare = start();
    }

    private MoverProcess start() {
      MoverProcess next = MoverProcess.start(workspace, "mover-" + slots + '-' + started++);
      List<String> addresses = MoverProcess.addresses(setup, engine);
      next.sendOpen(behindLinks ? linked(addresses) : addresses);
      return next;
    }

    MoveOptions options() {
      MoveOptions usual = MoveOptions.DEFAULT;
      return new MoveOptions(
          slots.size(),
          10,
          usual.rowsPerSecond(),
          usual.logBudget(),
          usual.freezePatience(),
          usual.freezeAttempts(),
          LEASE,
          usual.readLease(),
          Duration.ofMillis(60));
    }

    private String source() throws SQLException {
      return setup.store.load().shardOf(slots.toArray()[0]);
    }

    Transfer transfer() throws SQLException {
      String from = source();
      return new Transfer(slots, from, from.equals("s1") ? "s2" : "s1");
    }

    /** The link of its movers to the source, the target or the control database. */
    FaultProxy link(String role) throws SQLException {
      String name =
          switch (role) {
            case "source" -> source();
            case "target" -> transfer().to();
            default -> role;
          };
      return links.get(name);
    }

    /** Databases behind links that can be cut. */
    private List<String> linked(List<String> addresses) {
      List<String> linked = new ArrayList<>();
      for (String each : addresses) {
        String name = each.substring(0, each.indexOf('='));
        String url = each.substring(each.indexOf('=') + 1);
        URI direct = URI.create(url.substring("jdbc:".length()));
        FaultProxy link =
            links.computeIfAbsent(name, any -> FaultProxy.to(direct.getHost(), direct.getPort()));
        linked.add(
            name
                + '='
                + url.replace(
                    direct.getHost() + ':' + direct.getPort(), link.host() + ':' + link.port()));
      }
      return linked;
    }

    /** Moves the slots with a new process, to which something happens at the point. */
    void move(String point, Fault fault) throws Exception {
      for (int attempt = 1; ; attempt++) {
        try (MoverProcess mover = spare) {
          spare = start();
          mover.awaitOpen();
          if (reach(mover, point)) {
            fault.to(mover, this, point);
            return;
          }
          // On a machine this slow a lease is over before its mover has got there.
          MoverProcess.End end = mover.awaitEnd();
          assertThat(end.isFenced()).as(point + ": " + end).isTrue();
          assertThat(attempt).as(point).isLessThan(MOST_ATTEMPTS);
          awaitRecovery(point);
        }
      }
    }

    private boolean reach(MoverProcess mover, String point) throws SQLException {
      if (!point.contains(":catch-up:")) {
        mover.run(options(), point, List.of(transfer()));
        return mover.awaitStop();
      }
      mover.run(options(), "step:catch-up", List.of(transfer()));
      boolean there = mover.awaitStop();
      // There must be something to carry over.
      long before = buyers.writes();
      await(point).until(() -> buyers.writes() > before + 60);
      mover.goOn(point);
      return there && mover.awaitStop();
    }

    /** Until another mover has brought all to an end, in time, with nothing left over. */
    void awaitRecovery(String point) throws SQLException {
      long start = System.nanoTime();
      Mover looks = setup.mover().build();
      await(point).atMost(RECOVERY.multipliedBy(3)).until(() -> isSettled(looks));
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .as("recovery from " + point)
          .isLessThan(RECOVERY);
      setup.assertNothingLeft(slots);
    }

    private boolean isSettled(Mover looks) throws SQLException {
      return looks.moves().stream()
          .filter(move -> move.slots().equals(slots))
          .allMatch(move -> move.state().isFinal());
    }

    @Override
    public void close() {
      spare.close();
      links.values().forEach(FaultProxy::close);
    }
  }

  /** All steps that a move takes, as one that nothing happens to says. */
  private static List<String> steps(Engine engine) throws Exception {
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
    assertThat(setup.mover().listener(note).build().run(setup.all()).isDone()).isTrue();
    assertThat(labels).hasSizeGreaterThan(15);
    return labels.stream().map(label -> "step:" + label).toList();
  }

  private static List<String> and(List<String> some, List<String> others) {
    return Stream.concat(some.stream(), others.stream()).toList();
  }

  /** Moves at all points, under writers, and looks for every row afterwards. */
  private void underWriters(Engine engine, List<String> points, boolean behindLinks, Fault fault)
      throws Exception {
    MoveSetup setup = MoveSetup.of(engine, "s1", "s2");
    setup.fill(CUSTOMERS);
    List<Lane> lanes = new ArrayList<>();
    try (ShardedDataSource shards = setup.open();
        Buyers buyers = new Buyers().pausing(Duration.ofMillis(12));
        Watchman watchman = new Watchman(setup.mover().build())) {
      buyers.users(shards, 2, 1_000_000, 40, 3);
      buyers.foreigner(setup.databases, setup.first::slotOf, 2_000_000, 40, 13);
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < LANES; i++) {
        Lane lane = new Lane(engine, setup, buyers, i, behindLinks);
        lanes.add(lane);
        List<String> some = every(LANES, i, points);
        all.add(
            executor.submit(
                () -> {
                  for (String point : some) {
                    lane.move(point, fault);
                  }
                  return null;
                }));
      }
      for (Future<?> each : all) {
        each.get();
      }
      long after = buyers.writes();
      await().until(() -> buyers.writes() > after + 50 || !buyers.failures().isEmpty());
      watchman.end();
      assertThat(buyers.stop()).isEmpty();
      setup.assertRows(buyers, CUSTOMERS);
      setup.assertNothingLeft();
    } finally {
      lanes.forEach(Lane::close);
    }
  }

  private static List<String> every(int count, int first, List<String> points) {
    List<String> some = new ArrayList<>();
    for (int i = first; i < points.size(); i += count) {
      some.add(points.get(i));
    }
    return some;
  }

  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb"})
  void mover_killedAtEachStep_isFinishedByAnother(String product) throws Exception {
    try (Engine engine = Engine.of(product)) {
      underWriters(
          engine,
          and(steps(engine), StopPoint.COMMITS),
          false,
          (mover, lane, point) -> {
            mover.kill();
            lane.awaitRecovery(point);
          });
    }
  }

  /** With SIGSTOP; when it goes on its move is over, and all databases refuse it. */
  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb"})
  void mover_stopped_isRefusedWhenItGoesOn(String product) throws Exception {
    List<String> points =
        and(
            Stream.of("copy", "freeze.done", "switch", "switch.done", "SOAKING", "purge.source")
                .map(label -> "step:" + label)
                .toList(),
            List.of(
                "before:copy:target:insert:2",
                "after:catch-up:source:select:1",
                "after:catch-up:target:insert:1",
                "before:freeze:source:update:1",
                "before:switch:control:update:1",
                "after:switch:control:update:1"));
    try (Engine engine = Engine.of(product)) {
      underWriters(
          engine,
          points,
          false,
          (mover, lane, point) -> {
            mover.freeze();
            lane.awaitRecovery(point);
            mover.goOn(StopPoint.NONE);
            mover.thaw();
            MoverProcess.End end = mover.awaitEnd();
            assertThat(end.failed()).as(point + ": " + end).isTrue();
          });
    }
  }

  /** For longer than the lease, while others can reach all databases. */
  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb"})
  void mover_cutOff_isFollowedByAnother(String product) throws Exception {
    List<String> points = new ArrayList<>();
    for (String label : List.of("copy", "freeze", "freeze.done", "switch.done")) {
      points.add("step:" + label + ":control");
      points.add("step:" + label + ":source");
      points.add("step:" + label + ":target");
    }
    try (Engine engine = Engine.of(product)) {
      underWriters(
          engine,
          points,
          true,
          (mover, lane, point) -> {
            FaultProxy link = lane.link(point.split(":", -1)[2]);
            link.cut();
            mover.goOn(StopPoint.NONE);
            LockSupport.parkNanos(CUT.toNanos());
            lane.awaitRecovery(point);
            link.heal();
            MoverProcess.End unused = mover.awaitEnd();
            lane.awaitRecovery(point);
          });
    }
  }

  /** Of the mover, by an hour; leases go by the clock of the control database. */
  @ParameterizedTest
  @ValueSource(strings = "postgres")
  void mover_clockJumps_losesNothing(String product) throws Exception {
    List<String> points = new ArrayList<>();
    for (String label : List.of("copy", "verify", "freeze.done", "switch", "activate.source")) {
      points.add("step:" + label + ":60");
      points.add("step:" + label + ":-60");
    }
    try (Engine engine = Engine.of(product)) {
      underWriters(
          engine,
          points,
          false,
          (mover, lane, point) -> {
            mover.jump(Duration.ofMinutes(Long.parseLong(point.split(":", -1)[2])));
            mover.goOn(StopPoint.NONE);
            lane.awaitRecovery(point);
            // One that was to wait an hour more is ended by that.
          });
    }
  }
}
