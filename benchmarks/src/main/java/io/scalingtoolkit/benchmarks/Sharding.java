// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import io.scalingtoolkit.benchmarks.jmh.Rounds;
import io.scalingtoolkit.benchmarks.jmh.Rounds.Sample;
import io.scalingtoolkit.benchmarks.sharding.GuardCost;
import io.scalingtoolkit.benchmarks.sharding.RouteBenchmark;
import io.scalingtoolkit.benchmarks.sharding.RoutePeer;
import io.scalingtoolkit.benchmarks.sharding.ShardReadRounds;
import io.scalingtoolkit.testkit.mysql.MariaDbCluster;
import io.scalingtoolkit.testkit.postgres.PostgresCluster;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.openjdk.jmh.runner.RunnerException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What finding a shard costs, how even shards are, and what a change of shards moves. */
@Command(
    name = "sharding",
    description =
        "Sharding: finding the shard of a long, a UUID and a text beside JumpBack of hash4j and"
            + " Guava's jump hash (JMH), how even ten million keys are over the shards, how many"
            + " slots move when shards come and go, what the guard adds to an update, and reads of"
            + " one shard and of all beside HikariCP itself and ShardingSphere.",
    mixinStandardHelpOptions = true)
final class Sharding implements Callable<Integer> {
  private static final int MOST_FORKS = 20;
  private static final int KEYS = 10_000_000;
  private static final int STEPS = 10_000;
  private static final int ITEMS = 1_000_000;
  private static final int FEW_ITEMS = 1_000;
  private static final int QUICK_ITEMS = 20_000;

  @Mixin
  @SuppressWarnings("NullAway.Init")
  private Output output;

  @Option(names = "--quick", description = "One short fork of each: a first impression.")
  private boolean quick;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      description = "Forks of each operation and peer, 1 to 20 (default: 3).")
  private int forks = 3;

  @Override
  public Integer call() throws IOException {
    output.check();
    output.require(forks >= 1 && forks <= MOST_FORKS, "--rounds must be 1 to " + MOST_FORKS, forks);
    return output.publish(measure());
  }

  private Report measure() throws IOException {
    double loadBefore = Machine.loadAverage();
    List<Sample> samples = routes(output.logs());
    List<Row> rows = new ArrayList<>(ShardingRows.cost(samples));
    output.progress("ten million keys, ten thousand changes of shards");
    rows.addAll(ShardingRows.balance(KEYS, STEPS));
    output.progress("the guard on PostgreSQL and MariaDB");
    rows.addAll(guards());
    rows.addAll(reads());
    Map<String, String> facts = output.facts();
    facts.put("ratios", "median over the rounds, each between forks of the same round");
    facts.put(
        "load average",
        "%s before, %s after".formatted(Row.number(loadBefore), Row.number(Machine.loadAverage())));
    return new Report(
        "sharding", facts, rows, List.of(), Comparison.of(samples, RoutePeer.HASH4J.label()));
  }

  private static List<Row> guards() {
    List<Row> rows = new ArrayList<>();
    try {
      try (PostgresCluster postgres = PostgresCluster.single()) {
        rows.addAll(
            ShardingRows.guard("PostgreSQL", GuardCost.measure(postgres.primary().dataSource())));
      }
      if (MariaDbCluster.unavailable().isEmpty()) {
        try (MariaDbCluster mariadb = MariaDbCluster.single()) {
          rows.addAll(
              ShardingRows.guard("MariaDB", GuardCost.measure(mariadb.primary().dataSource())));
        }
      }
    } catch (SQLException e) {
      throw new BenchmarkException("the guard could not be measured: " + e.getMessage(), e);
    }
    return rows;
  }

  private List<Row> reads() throws IOException {
    try {
      int rounds = quick ? 1 : forks;
      // Servers go on writing for minutes after they were given many rows, which reads by key feel.
      return ShardingRows.reads(
          ShardReadRounds.measure(rounds, FEW_ITEMS, output.logs(), output::progress),
          ShardReadRounds.measure(
              rounds, quick ? QUICK_ITEMS : ITEMS, output.logs(), output::progress));
    } catch (SQLException e) {
      throw new BenchmarkException("reads could not be measured: " + e.getMessage(), e);
    }
  }

  private static Sample perKey(Sample sample) {
    return new Sample(
        sample.operation(),
        sample.peer(),
        sample.round(),
        sample.nanos() / RouteBenchmark.BATCH,
        sample.mean() / RouteBenchmark.BATCH,
        sample.bytes() / RouteBenchmark.BATCH);
  }

  private List<Sample> routes(Path logs) {
    Map<String, String> peers = RoutePeer.labels();
    Rounds rounds =
        quick
            ? Rounds.quick(RouteBenchmark.class, peers, ".*")
            : new Rounds(RouteBenchmark.class, peers, ".*", forks, 3, 5, 500);
    try {
      return rounds
          .measure(
              logs,
              round -> output.progress("routes: round %d of %d".formatted(round, rounds.rounds())))
          .stream()
          .map(Sharding::perKey)
          .toList();
    } catch (RunnerException e) {
      throw new BenchmarkException("JMH stopped, see " + logs + ": " + e.getMessage(), e);
    }
  }
}
