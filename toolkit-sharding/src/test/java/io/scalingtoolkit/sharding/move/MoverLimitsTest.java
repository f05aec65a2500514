// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.scalingtoolkit.sharding.internal.Instances;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a mover waits for, what it puts up with, and what it counts; between two files. */
class MoverLimitsTest {
  private final Engine engine = Engine.of("sqlite");
  private MoveSetup setup;

  @BeforeEach
  void open() throws SQLException {
    setup = MoveSetup.of(engine, "s1", "s2");
    setup.fill(100);
  }

  @AfterEach
  void close() {
    engine.close();
  }

  private static MoveOptions options(int chunkRows, long logBudget) {
    MoveOptions usual = MoveOptions.DEFAULT;
    return new MoveOptions(
        MoveSetup.SLOTS,
        chunkRows,
        0,
        logBudget,
        usual.freezePatience(),
        usual.freezeAttempts(),
        usual.lease(),
        Duration.ofSeconds(1),
        Duration.ZERO);
  }

  @Test
  void run_instanceReadsByTheOldMap_keepsItsRowsUntilItsLeaseIsOver() throws SQLException {
    MoveOptions options = options(500, 1_000_000);
    List<String> behind = new ArrayList<>();
    behind.add("not looked at");
    MoveListener look =
        new MoveListener() {
          @Override
          public void step(Move move, String label) {
            try {
              if (label.equals("FINALIZING")) {
                Instances.report(setup.control, "asleep", setup.first.version());
              } else if (label.equals("purge.source")) {
                behind.clear();
                behind.addAll(Instances.behind(setup.control, move.version(), options.readLease()));
              }
            } catch (SQLException e) {
              throw new IllegalStateException(e);
            }
          }
        };

    MoveReport report = setup.mover().options(options).listener(look).build().run(setup.all());

    assertThat(report.isDone()).isTrue();
    assertThat(behind).isEmpty();
  }

  @Test
  void run_moreChangedKeysThanTheBudget_isUndoneWithTheReason() throws SQLException {
    MoveListener busy =
        Things.at(
            "copy",
            () -> {
              try (Connection connection = setup.databases.get("s1").getConnection()) {
                connection.setAutoCommit(false);
                for (int i = 0; i < 4_000; i++) {
                  Shop.touch(connection, i % 100, i);
                }
                connection.commit();
                connection.setAutoCommit(true);
              } catch (SQLException e) {
                throw new IllegalStateException(e);
              }
            });

    MoveReport report =
        setup.mover().options(options(2, 1_500)).listener(busy).build().run(setup.all());

    assertThat(report.moves().get(0).state()).isEqualTo(MoveState.ABORTED);
    assertThat(report.moves().get(0).progress()).contains("more than the budget of 1500");
    setup.assertNothingLeft();
  }

  /** Changes of a child wait while its parents are copied, and count meanwhile. */
  @Test
  void run_moreChangesWaitForTheirParentsThanTheBudget_isUndone() throws SQLException {
    MoveListener busy =
        Things.at(
            "copy",
            () -> {
              try (Connection connection = setup.databases.get("s1").getConnection();
                  Statement statement = connection.createStatement()) {
                connection.setAutoCommit(false);
                for (int i = 0; i < 8; i++) {
                  statement.executeUpdate("update purchase set cents = cents + 1");
                }
                connection.commit();
                connection.setAutoCommit(true);
              } catch (SQLException e) {
                throw new IllegalStateException(e);
              }
            });

    MoveReport report =
        setup.mover().options(options(2, 1_500)).listener(busy).build().run(setup.all());

    assertThat(report.moves().get(0).state()).isEqualTo(MoveState.ABORTED);
    assertThat(report.moves().get(0).progress()).contains("more than the budget of 1500");
    setup.assertNothingLeft();
  }

  @Test
  void run_registry_countsRowsPausesAndEnds() throws SQLException {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();

    MoveReport report =
        setup
            .mover()
            .options(options(500, 1_000_000))
            .meterRegistry(registry)
            .build()
            .run(setup.all());

    assertThat(report.rows()).isEqualTo(200);
    assertThat(registry.get("toolkit.sharding.move.rows").counter().count()).isEqualTo(200);
    assertThat(registry.get("toolkit.sharding.move.pause").timer().count()).isEqualTo(1);
    assertThat(registry.get("toolkit.sharding.moves").tag("outcome", "done").counter().count())
        .isEqualTo(1);
  }
}
