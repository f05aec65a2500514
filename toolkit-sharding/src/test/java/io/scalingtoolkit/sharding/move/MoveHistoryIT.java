// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.scalingtoolkit.testkit.process.Workspace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Two shards become three, four and three again under four processes of users and a foreign writer,
 * with faults that follow from a seed ({@link ReshardRound}). {@code moves.seeds}, {@code
 * moves.seed}, {@code moves.only} and {@code moves.traffic} set how many seeds, the first one, the
 * product, and for how many milliseconds users write to a target before its move is taken back.
 */
class MoveHistoryIT {
  private static final Logger LOG = LoggerFactory.getLogger(MoveHistoryIT.class);
  private static final int SEEDS = Integer.getInteger("moves.seeds", 1);
  private static final int FIRST = Integer.getInteger("moves.seed", 1);
  private static final String ONLY = System.getProperty("moves.only", "");
  private static final Duration TRAFFIC =
      Duration.ofMillis(Integer.getInteger("moves.traffic", 300));
  private static final int PROCESSES = 4;

  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb", "mysql"})
  void reshard_underFaults_losesNothing(String product) throws Exception {
    assumeTrue(ONLY.isEmpty() || ONLY.equals(product), "only " + ONLY);
    SeedReport total = new SeedReport(product + ", all");
    List<ShopProcess> shops = new ArrayList<>();
    try (Engine engine = Engine.of(product);
        Workspace workspace = Workspace.open("moves");
        MoverPool movers = new MoverPool(workspace)) {
      for (int i = 0; i < PROCESSES; i++) {
        shops.add(ShopProcess.start(workspace, "shop" + i));
      }
      LOG.info(SeedReport.head());
      for (int seed = FIRST; seed < FIRST + SEEDS; seed++) {
        String name = product + ", " + seed;
        try (ReshardRound round = new ReshardRound(engine, shops, movers, seed, name, TRAFFIC)) {
          SeedReport report = round.run();
          LOG.info(report.toString());
          assertThat(report.isKept()).as(report.toString()).isTrue();
          total.add(report);
        }
      }
      LOG.info(total.toString());
    } finally {
      shops.forEach(ShopProcess::close);
    }
  }
}
