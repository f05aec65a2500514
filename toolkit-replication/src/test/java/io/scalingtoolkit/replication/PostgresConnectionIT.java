// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.scalingtoolkit.core.consistency.ConsistencyScope;
import io.scalingtoolkit.testkit.postgres.PostgresCluster;
import io.scalingtoolkit.testkit.postgres.PostgresExtension;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The JDBC surface of a connection over two servers. */
class PostgresConnectionIT {
  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.of(PostgresCluster.builder().replicas(1));

  private static final Pools POOLS = new Pools().ofSize(4);
  private static HikariDataSource primary;
  private static HikariDataSource replica;
  private static ReplicationDataSource db;
  private Connection connection;

  @BeforeAll
  static void start() throws Exception {
    PostgresCluster cluster = POSTGRES.cluster();
    primary = POOLS.open(cluster.primary().jdbcUrl());
    replica = POOLS.open(cluster.replica(0).jdbcUrl());
    try (Connection connection = primary.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(
          """
          create table t (id bigserial primary key, name text);
          insert into t (name) select 'n' from generate_series(1, 1000);
          create schema other;
          """);
    }
    cluster.awaitCaughtUp();
    db =
        ReplicationDataSource.builder(primary)
            .replica("r1", replica)
            .deadAfter(Duration.ofSeconds(20))
            .build();
    assertThat(db.awaitReplicas(20_000)).isTrue();
    await().until(() -> db.status().nodes().stream().allMatch(n -> n.state().equals("in use")));
  }

  @AfterAll
  static void stop() {
    db.close();
    POOLS.close();
  }

  @BeforeEach
  void open() throws SQLException {
    connection = db.getConnection();
  }

  @AfterEach
  void close() throws SQLException {
    connection.close();
    assertThat(borrowed()).isZero();
  }

  private static int borrowed() {
    return primary.getHikariPoolMXBean().getActiveConnections()
        + replica.getHikariPoolMXBean().getActiveConnections();
  }

  private static boolean onReplica(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("/*@replica*/ select pg_is_in_recovery()")) {
      row.next();
      return row.getBoolean(1);
    }
  }

  private static String text(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getString(1);
    }
  }

  // By name, since its class file names annotations that are nowhere.
  private static Class<?> driverType() {
    try {
      return Class.forName("org.postgresql.jdbc.PgConnection");
    } catch (ClassNotFoundException e) {
      throw new AssertionError(e);
    }
  }

  private static Connection driverOf(Connection connection) throws SQLException {
    return (Connection) connection.unwrap(driverType());
  }

  @Test
  void questions_beforeTheFirstStatement_borrowNothing() throws SQLException {
    assertThat(connection.getMetaData().getDatabaseProductName()).isEqualTo("PostgreSQL");
    assertThat(connection.getMetaData().getDatabaseMajorVersion()).isEqualTo(18);
    assertThat(connection.getMetaData().getDriverName()).contains("PostgreSQL");
    assertThat(connection.getMetaData().getURL()).startsWith("jdbc:postgresql:");
    assertThat(connection.getMetaData().getIdentifierQuoteString()).isEqualTo("\"");
    assertThat(connection.getMetaData().getConnection()).isSameAs(connection);
    assertThat(connection.getAutoCommit()).isTrue();
    assertThat(connection.isReadOnly()).isFalse();
    assertThat(connection.getTransactionIsolation())
        .isEqualTo(Connection.TRANSACTION_READ_COMMITTED);
    assertThat(connection.getHoldability()).isEqualTo(ResultSet.CLOSE_CURSORS_AT_COMMIT);
    assertThat(connection.getCatalog()).isEqualTo("postgres");
    assertThat(connection.getSchema()).isEqualTo("public");
    assertThat((Object) connection.getWarnings()).isNull();
    assertThat(connection.getClientInfo("ApplicationName")).isEqualTo("PostgreSQL JDBC Driver");
    assertThat(connection.getTypeMap()).isEmpty();
    assertThat(connection.getNetworkTimeout()).isZero();
    assertThat(connection.isClosed()).isFalse();
    connection.setAutoCommit(false);
    connection.setReadOnly(true);
    connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
    connection.commit();
    connection.rollback();
    connection.prepareStatement("select 1").close();
    connection.createStatement().close();

    assertThat(borrowed()).isZero();
    assertThat(onReplica(connection)).isTrue();
    connection.rollback();
  }

  @Test
  void questions_thatNeedAServer_fixNoRoute() throws SQLException {
    assertThat(connection.isValid(5)).isTrue();
    connection.getMetaData().getTables(null, null, "t", null).close();
    connection.createArrayOf("int", new Object[] {1}).free();
    assertThat(connection.nativeSQL("select 1")).isEqualTo("select 1");
    assertThat(connection.prepareStatement("select 1").getMetaData().getColumnCount()).isOne();

    assertThat(onReplica(connection)).isTrue();
  }

  @Test
  void setReadOnly_insideATransaction_failsAsTheDriverDoes() throws SQLException {
    try (Connection plain = primary.getConnection()) {
      for (Connection each : List.of(plain, connection)) {
        each.setAutoCommit(false);
        text(each, "select 1");
        assertThatThrownBy(() -> each.setReadOnly(true))
            .isInstanceOfSatisfying(
                SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("25001"));
        each.rollback();
      }
    }
  }

  @Test
  void setReadOnly_inAutocommit_routesTheNextStatement() throws SQLException {
    try (RoutingScope scope = RoutingScope.consistency(ReadConsistency.eventual());
        PreparedStatement undecided = connection.prepareStatement("select pg_is_in_recovery()")) {
      assertThat(scope).isNotNull();
      for (boolean readOnly : new boolean[] {false, true, false}) {
        connection.setReadOnly(readOnly);
        assertThat(onReplica(connection)).isTrue();
        connection.setAutoCommit(false);
        assertThat(onReplica(connection)).isEqualTo(readOnly);
        connection.commit();
        connection.setAutoCommit(true);
      }
      try (ResultSet row = undecided.executeQuery()) {
        row.next();
        assertThat(row.getBoolean(1)).isFalse();
      }
    }
  }

  @Test
  void preparedStatement_writeBetweenPrepareAndExecute_readsWhatWasWritten() throws Exception {
    POSTGRES.cluster().replica(0).pauseReplay();
    try (ConsistencyScope scope = ConsistencyScope.open();
        PreparedStatement statement =
            connection.prepareStatement("select count(*) from t where name = ?")) {
      statement.setString(1, "between");
      assertThat(count(statement)).isZero();
      try (Connection other = db.getConnection();
          Statement insert = other.createStatement()) {
        insert.executeUpdate("insert into t (name) values ('between')");
      }
      assertThat(count(statement)).isOne();
      assertThat(scope.position(db.name())).isNotNull();
    } finally {
      POSTGRES.cluster().replica(0).resumeReplay();
    }
  }

  private static int count(PreparedStatement statement) throws SQLException {
    try (ResultSet row = statement.executeQuery()) {
      row.next();
      return row.getInt(1);
    }
  }

  @Test
  void settings_setBefore_areInForceOnBothServers() throws SQLException {
    connection.setSchema("other");
    connection.setNetworkTimeout(Runnable::run, 12_345);
    connection.setClientInfo("ApplicationName", "trap");
    connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
    connection.setTypeMap(Map.of());
    connection.setHoldability(ResultSet.HOLD_CURSORS_OVER_COMMIT);

    for (String where : List.of("/*@replica*/", "/*@primary*/")) {
      assertThat(text(connection, where + "select current_schema()")).isEqualTo("other");
      assertThat(text(connection, where + "select current_setting('application_name')"))
          .isEqualTo("trap");
      assertThat(text(connection, where + "select current_setting('transaction_isolation')"))
          .isEqualTo("repeatable read");
    }
    assertThat(connection.getNetworkTimeout()).isEqualTo(12_345);
    assertThat(driverOf(connection).getNetworkTimeout()).isEqualTo(12_345);
    assertThat(connection.getSchema()).isEqualTo("other");
    assertThat(connection.getClientInfo("ApplicationName")).isEqualTo("trap");
  }

  @Test
  void settings_ofAConnectionThatIsClosed_areGoneOnBothServers() throws SQLException {
    settings_setBefore_areInForceOnBothServers();
    connection.close();
    for (HikariDataSource pool : List.of(primary, replica)) {
      List<Connection> all = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        all.add(pool.getConnection());
      }
      for (Connection each : all) {
        assertThat(text(each, "show search_path")).isEqualTo("\"$user\", public");
        assertThat(text(each, "show transaction_isolation")).isEqualTo("read committed");
        assertThat(text(each, "show application_name")).isEqualTo("PostgreSQL JDBC Driver");
        assertThat(each.getNetworkTimeout()).isZero();
        each.close();
      }
    }
  }

  @Test
  void objects_askedWhereTheyComeFrom_nameOurs() throws SQLException {
    PreparedStatement statement = connection.prepareStatement("select * from t");
    ResultSet rows = statement.executeQuery();

    assertThat(statement.getConnection()).isSameAs(connection);
    assertThat(rows.getStatement()).isSameAs(statement);
    assertThat(rows.getStatement().getConnection()).isSameAs(connection);
    assertThat(connection.getMetaData().getConnection()).isSameAs(connection);
    Statement plain = connection.createStatement();
    assertThat(plain.execute("select * from t")).isTrue();
    assertThat(plain.getResultSet().getStatement()).isSameAs(plain);
    assertThat(plain.getResultSet()).isSameAs(plain.getResultSet());
    try (ResultSet tables = connection.getMetaData().getTables(null, null, "t", null)) {
      assertThat(tables.next()).isTrue();
    }
    plain.execute("insert into t (name) values ('k')", Statement.RETURN_GENERATED_KEYS);
    assertThat(plain.getGeneratedKeys().getStatement()).isSameAs(plain);
  }

  @Test
  void unwrap_toTheDriver_bindsToThePrimaryUntilClose() throws SQLException {
    assertThat(onReplica(connection)).isTrue();
    Connection driver = driverOf(connection);

    assertThat(text(driver, "show in_hot_standby")).isEqualTo("off");
    assertThat(onReplica(connection)).isFalse();
    assertThat(driverOf(connection)).isSameAs(driver);
    connection.close();
    connection = db.getConnection();
    assertThat(onReplica(connection)).isTrue();
    assertThat(connection.isWrapperFor(driverType())).isTrue();
  }

  @Test
  void unwrap_inAReadOnlyTransaction_isTheReplicas() throws SQLException {
    connection.setReadOnly(true);
    connection.setAutoCommit(false);
    assertThat(onReplica(connection)).isTrue();

    assertThat(text(driverOf(connection), "show in_hot_standby")).isEqualTo("on");
    connection.rollback();
  }

  @Test
  void savepoint_rolledBackTo_undoesWhatCameAfter() throws SQLException {
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.executeUpdate("insert into t (name) values ('kept')");
      Savepoint savepoint = connection.setSavepoint("a");
      statement.executeUpdate("insert into t (name) values ('undone')");
      connection.rollback(savepoint);
      connection.releaseSavepoint(savepoint);
      connection.commit();
      String sql = "select count(*) from t where name in ('kept', 'undone')";
      assertThat(text(connection, sql)).isEqualTo("1");
      connection.rollback();
    }
  }

  @Test
  void result_openOnTheReplica_staysReadableWhileThePrimaryIsWrittenTo() throws SQLException {
    try (Statement reading = connection.createStatement();
        Statement writing = connection.createStatement();
        ResultSet rows = reading.executeQuery("select id from t order by id limit 500")) {
      for (int i = 0; i < 250; i++) {
        assertThat(rows.next()).isTrue();
      }
      writing.executeUpdate("insert into t (name) values ('w')");
      for (int i = 0; i < 250; i++) {
        assertThat(rows.next()).isTrue();
        assertThat(rows.getLong(1)).isEqualTo(251 + i);
      }
      assertThat(rows.next()).isFalse();
    }
  }

  @Test
  void currval_afterAReadOnAReplica_isThatOfThisConnection() throws SQLException {
    try (RoutingScope scope = RoutingScope.consistency(ReadConsistency.eventual());
        Statement statement = connection.createStatement();
        Connection thief = db.getConnection()) {
      assertThat(scope).isNotNull();
      statement.executeUpdate("insert into t (name) values ('mine')");
      assertThat(onReplica(connection)).isTrue();
      // Takes the connection to the primary that this thread used last, if it was given back.
      thief.setAutoCommit(false);
      text(thief, "select nextval('t_id_seq')");

      String mine = text(connection, "/*@primary*/ select max(id) from t where name = 'mine'");
      assertThat(text(connection, "select currval('t_id_seq')")).isEqualTo(mine);
      thief.rollback();
    }
  }

  @Test
  void threads_manyMoreThanConnections_allComeThrough() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(100);
    try {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        int seed = i;
        all.add(threads.submit(() -> work(seed)));
      }
      for (Future<?> each : all) {
        each.get(60, TimeUnit.SECONDS);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  /**
   * Reads, writes and reads again, in autocommit and in transactions, on connections of its own.
   */
  private static Void work(int seed) throws SQLException {
    for (int i = 0; i < 5; i++) {
      try (Connection mine = db.getConnection();
          Statement statement = mine.createStatement()) {
        boolean transaction = (seed + i) % 3 == 0;
        mine.setAutoCommit(!transaction);
        text(mine, "select count(*) from t where id = " + seed);
        statement.executeUpdate("update t set name = 'x' where id = " + (100 + seed));
        text(mine, "select count(*) from t where id = " + seed);
        if (transaction) {
          mine.commit();
        }
        mine.setAutoCommit(false);
        mine.setReadOnly(true);
        text(mine, "select count(*) from t where id = " + seed);
        mine.commit();
      }
    }
    return null;
  }
}
