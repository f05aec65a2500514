// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.replication;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.Blackhole;

/**
 * What an application does with a DataSource, over a driver that answers at once. Confined.
 *
 * <p>A sample is {@value #BATCH} operations: long beside reading the clock, and short beside the
 * slices of a scheduler, so that most samples are whole although other work wants the cores too.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(DataSourceBenchmark.BATCH)
public class DataSourceBenchmark {
  static final int BATCH = 64;

  // Counted, not timed: ShardingSphere takes seconds of processor time until it is compiled, and a
  // busy machine gives a fork less of that than a quiet one.
  private static final int WARM_UPS = 20_000;

  /** Which DataSource. */
  @Param public Peer peer = Peer.HIKARI;

  @SuppressWarnings("NullAway.Init")
  private DataSource dataSource;

  private long id;

  /** For JMH. */
  public DataSourceBenchmark() {}

  /** Opens the DataSource and runs every operation until the compiler has seen enough of it. */
  @Setup
  public void warmUp() throws SQLException {
    open();
    for (int i = 0; i < WARM_UPS; i++) {
      check();
    }
  }

  /** Opens the DataSource and runs each operation once. */
  void open() throws SQLException {
    dataSource = peer.open();
    check();
  }

  /** Runs each operation once; a wrong answer is an exception, which ends the fork. */
  private void check() throws SQLException {
    if (!getAndCloseOnce().isClosed()) {
      throw new IllegalStateException(peer + " did not close the connection");
    }
    requireAda(autocommitReadOnce());
    requireAda(readOnlyTransactionOnce());
    int updated = autocommitUpdateOnce();
    if (updated != 1) {
      throw new IllegalStateException(peer + " updated " + updated + " rows instead of 1");
    }
  }

  private void requireAda(String name) {
    if (!name.equals("Ada")) {
      throw new IllegalStateException(peer + " read " + name + " instead of Ada");
    }
  }

  /** The session of a thread, if the peer has such a thing. Confined. */
  @State(Scope.Thread)
  public static class Session {
    @SuppressWarnings("NullAway.Init")
    private AutoCloseable open;

    /** For JMH. */
    public Session() {}

    /** Opens it on the thread that runs the operations. */
    @Setup
    public void open(DataSourceBenchmark benchmark) {
      open = benchmark.peer.session();
    }

    /** Closes it on the same thread. */
    @TearDown
    public void close() throws Exception {
      open.close();
    }
  }

  /** Takes a connection and gives it back. */
  @Benchmark
  public void getAndClose(Blackhole sink, Session session) throws SQLException {
    for (int i = 0; i < BATCH; i++) {
      sink.consume(getAndCloseOnce());
    }
  }

  private Connection getAndCloseOnce() throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      return connection;
    }
  }

  /** One prepared read by key in autocommit. */
  @Benchmark
  public void autocommitRead(Blackhole sink, Session session) throws SQLException {
    for (int i = 0; i < BATCH; i++) {
      sink.consume(autocommitReadOnce());
    }
  }

  private String autocommitReadOnce() throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      return read(connection);
    }
  }

  /** The same read in a read-only transaction, with the calls that a framework makes around it. */
  @Benchmark
  public void readOnlyTransaction(Blackhole sink, Session session) throws SQLException {
    for (int i = 0; i < BATCH; i++) {
      sink.consume(readOnlyTransactionOnce());
    }
  }

  private String readOnlyTransactionOnce() throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      connection.setReadOnly(true);
      connection.setAutoCommit(false);
      String name = read(connection);
      connection.commit();
      connection.setAutoCommit(true);
      connection.setReadOnly(false);
      return name;
    }
  }

  /** One prepared update by key in autocommit. */
  @Benchmark
  public void autocommitUpdate(Blackhole sink, Session session) throws SQLException {
    for (int i = 0; i < BATCH; i++) {
      sink.consume(autocommitUpdateOnce());
    }
  }

  private int autocommitUpdateOnce() throws SQLException {
    try (Connection connection = dataSource.getConnection();
        PreparedStatement statement = connection.prepareStatement(StubRows.UPDATE)) {
      statement.setString(1, "Ada");
      statement.setLong(2, ++id);
      return statement.executeUpdate();
    }
  }

  private String read(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(StubRows.READ)) {
      statement.setLong(1, ++id);
      try (ResultSet rows = statement.executeQuery()) {
        if (!rows.next()) {
          throw new IllegalStateException(peer + " found no row");
        }
        return rows.getString(1);
      }
    }
  }
}
