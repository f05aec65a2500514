// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.fidelity;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.scalingtoolkit.replication.ReadConsistency;
import io.scalingtoolkit.replication.ReplicationDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs scripts through a pool, through our data source over a pool, and through our data source
 * with a replica and strong consistency, each on a database of its own, and lists what differs.
 * Confined.
 */
final class Comparison implements AutoCloseable {
  private static final int LENGTH = 40;

  private final List<ReplicationDataSource> dataSources = new ArrayList<>();
  private final List<HikariDataSource> pools = new ArrayList<>();
  private final List<Lane> lanes = new ArrayList<>();
  private final Map<String, Integer> differences = new LinkedHashMap<>();
  private int steps;

  /** Adds the pool itself. */
  void plain(String url) {
    lanes.add(new Lane("pool", pool(url)));
  }

  /** Adds our data source over a pool, with a replica unless that is null. */
  void ours(String primary, String replica) {
    var builder = ReplicationDataSource.builder(pool(primary)).deadAfter(Duration.ofSeconds(30));
    if (replica != null) {
      builder.replica("r1", pool(replica)).consistency(ReadConsistency.strong());
    }
    ReplicationDataSource ours = builder.build();
    dataSources.add(ours);
    lanes.add(new Lane(replica == null ? "alone" : "replicated", ours));
  }

  private HikariDataSource pool(String url) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setMaximumPoolSize(4);
    config.setMinimumIdle(0);
    HikariDataSource pool = new HikariDataSource(config);
    pools.add(pool);
    return pool;
  }

  /** Runs the scripts of {@code count} seeds from {@code firstSeed}. */
  void run(String createTable, long firstSeed, int count) throws SQLException {
    for (long seed = firstSeed; seed < firstSeed + count; seed++) {
      for (Lane lane : lanes) {
        lane.open();
        execute(lane.connection, "drop table if exists t");
        execute(lane.connection, createTable);
        execute(lane.connection, "insert into t (name) values ('a'), ('b'), (null), ('d')");
      }
      run(seed);
      for (Lane lane : lanes) {
        lane.close();
      }
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private void run(long seed) {
    List<String> before = new ArrayList<>();
    for (Script.Step step : Script.of(seed, LENGTH)) {
      String expected = lanes.get(0).run(step);
      steps++;
      boolean same = true;
      for (Lane lane : lanes.subList(1, lanes.size())) {
        String actual = lane.run(step);
        if (isIntended(step, expected, actual)) {
          same &= actual.equals(expected) || bothFail(expected, actual);
        } else {
          same = false;
          differences.merge(
              "%s: %s is \"%s\", on the pool \"%s\""
                      .formatted(lane.name, step.name(), actual, expected)
                  + (differences.size() < 40 ? " seed " + seed + " after " + before : ""),
              1,
              Integer::sum);
        }
      }
      before.add(step.name() + " -> " + expected);
      if (!same) {
        return; // what follows from a difference is no news
      }
    }
  }

  /**
   * Differences on purpose: an argument out of range has the state for that; a connection that is
   * closed has the state for that, and answers nothing; a closed statement or result refuses every
   * call, where drivers answer some; a value with a wrong index is refused when the statement is
   * executed; the read-only property cannot change in a transaction, also where a driver lets it,
   * and the first call that needs a server begins one; what is known here is not asked of a server
   * in a failed transaction.
   */
  private boolean isIntended(Script.Step step, String expected, String actual) {
    if (actual.equals(expected)) {
      return true;
    }
    if (actual.equals("fails SQLException 08003")) {
      return lanes.get(0).isClosed();
    }
    if (expected.equals("fails SQLException 25P02")) {
      return step.name().equals("getSchema") || step.name().equals("isolation");
    }
    if (actual.equals("fails SQLException 55000")) {
      return lanes.get(0).hasClosed();
    }
    if (actual.equals("fails SQLException 22023")) {
      return expected.startsWith("fails");
    }
    if (step.name().startsWith("setReadOnly")) {
      return actual.equals("fails SQLException 25001");
    }
    return step.name().matches("set(Int|String|Null|Object) .*") && expected.startsWith("fails");
  }

  private static boolean bothFail(String expected, String actual) {
    return expected.startsWith("fails") && actual.startsWith("fails");
  }

  List<String> differences() {
    return differences.entrySet().stream().map(e -> e.getValue() + "x " + e.getKey()).toList();
  }

  int steps() {
    return steps;
  }

  @Override
  public void close() {
    dataSources.forEach(ReplicationDataSource::close);
    pools.forEach(HikariDataSource::close);
  }
}
