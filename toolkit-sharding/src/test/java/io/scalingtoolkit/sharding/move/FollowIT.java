// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import static io.scalingtoolkit.sharding.move.Things.unchecked;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.scalingtoolkit.sharding.map.SlotSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Groups that soak while further groups of the plan are moved. */
class FollowIT {
  private static final SlotSet FIRST = SlotSet.range(0, 7);
  private static final int ROWS = 600;

  private final Engine engine = Engine.of("postgres");
  private final ExecutorService executor = Executors.newSingleThreadExecutor();
  private MoveSetup setup;

  @BeforeEach
  void open() throws SQLException {
    setup = MoveSetup.of(engine, "s1", "s2");
    setup.fill(ROWS / 2);
  }

  @AfterEach
  void close() {
    executor.shutdownNow();
    engine.close();
  }

  /** Two groups, each of which takes longer to copy than the lease is. */
  private static MoveOptions options(Duration soak) {
    MoveOptions usual = MoveOptions.DEFAULT;
    return new MoveOptions(
        8,
        10,
        ROWS / 4,
        usual.logBudget(),
        usual.freezePatience(),
        usual.freezeAttempts(),
        Duration.ofSeconds(1),
        usual.readLease(),
        soak);
  }

  /** Writes to the first group at its new place when the second is copied. */
  private final class WritesBehind implements MoveListener {
    private long depth = -1;
    private boolean written;

    @Override
    public void step(Move move, String label) {
      HikariDataSource target = setup.databases.get("s2");
      if (!move.slots().equals(FIRST) && label.equals("copy") && !written) {
        written = true;
        unchecked(target, "update customer set version = 9 where slot_id < 8");
        assertThat(depth(target)).isPositive();
      } else if (!move.slots().equals(FIRST) && label.equals("catch-up")) {
        depth = depth(target);
      }
    }

    private long depth(HikariDataSource target) {
      try {
        return ChangeLog.depth(ShardSide.open("s2", target, Shop.GUARD.tables()), FIRST);
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @Test
  void run_groupSoaksWhileAnotherIsCopied_isFollowed() throws Exception {
    WritesBehind writes = new WritesBehind();

    MoveReport report =
        setup
            .mover()
            .options(options(Duration.ofMillis(50)))
            .listener(writes)
            .build()
            .run(setup.all());

    assertThat(report.isDone()).isTrue();
    assertThat(writes.depth).isZero();
    setup.assertNothingLeft();
  }

  @Test
  void run_groupSoaksLongerThanTheLease_isTakenOverByNobody() throws Exception {
    Mover first = setup.mover().options(options(Duration.ofMillis(50))).build();
    Mover second = setup.mover().options(options(Duration.ofMillis(50))).build();

    Future<MoveReport> report = executor.submit(() -> first.run(setup.all()));
    List<Move> taken = new ArrayList<>();
    while (!report.isDone()) {
      taken.addAll(second.resume().moves());
      LockSupport.parkNanos(1_000_000);
    }

    assertThat(report.get().isDone()).isTrue();
    assertThat(taken).isEmpty();
  }

  /**
   * The mover dies at the second group: the next one follows the first, for as long as that was to
   * soak.
   */
  @Test
  void resume_oneGroupSoaksAndOneIsCopied_followsAndGoesOn() throws Exception {
    MoveOptions options = options(Duration.ofSeconds(3));
    MoveListener dies =
        new MoveListener() {
          @Override
          public void step(Move move, String label) {
            if (!move.slots().equals(FIRST) && label.equals("copy")) {
              throw new Soaking.Killed();
            }
          }
        };
    assertThatThrownBy(() -> setup.mover().options(options).listener(dies).build().run(setup.all()))
        .isInstanceOf(Soaking.Killed.class);
    MoveLedger ledger = new MoveLedger(setup.control, Duration.ofSeconds(1));
    await()
        .until(
            () -> {
              long now = ledger.now();
              return ledger.list().stream().allMatch(move -> move.leaseUntil() <= now);
            });
    List<Boolean> early = new ArrayList<>();
    WritesBehind writes = new WritesBehind();
    MoveListener looks =
        new MoveListener() {
          @Override
          public void step(Move move, String label) {
            writes.step(move, label);
            if (label.equals("FINALIZING")) {
              try {
                early.add(ledger.now() < Long.parseLong(move.progress()));
              } catch (SQLException e) {
                throw new IllegalStateException(e);
              }
            }
          }
        };
    Mover other = setup.mover().options(options).listener(looks).build();
    List<Move> ended = new ArrayList<>();

    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> ended.addAll(other.resume().moves()) && ended.size() == 2);

    assertThat(ended).allMatch(move -> move.state() == MoveState.DONE);
    assertThat(writes.depth).isZero();
    assertThat(early).containsExactly(false, false);
    setup.assertNothingLeft();
  }
}
