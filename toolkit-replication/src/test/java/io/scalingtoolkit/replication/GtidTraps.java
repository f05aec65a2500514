// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.scalingtoolkit.testkit.mysql.GtidCluster;
import io.scalingtoolkit.testkit.mysql.GtidNode;
import io.scalingtoolkit.testkit.mysql.MariaDbCluster;
import java.io.ByteArrayInputStream;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;

/** What the tables of MariaDB and MySQL share. Confined. */
final class GtidTraps implements AutoCloseable {
  // The record of all statements; the query itself does not contain the mark it looks for.
  private static final String WITNESS =
      """
      select count(*) from mysql.general_log
      where argument like concat('%/*cell', '-', ?, '-*/%') and user_host like 'app%'
      """;

  private final Pools pools = new Pools();
  private final ReplicationDataSource db;
  private final TrapTable table;

  GtidTraps(GtidCluster cluster) throws SQLException, InterruptedException {
    try (Connection connection = cluster.primary().dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("create table t (id bigint primary key auto_increment, name text)");
      statement.execute("insert into t (name) values ('a')");
      statement.execute("create procedure writing() update t set name = 'x' where id = -1");
      statement.execute(
          """
          create function hidden_write() returns int deterministic
          begin update t set name = 'x' where id = -1; return 1; end
          """);
      statement.execute("create view writing_view as select hidden_write() as n");
    }
    if (cluster instanceof MariaDbCluster) {
      try (Connection connection = cluster.primary().dataSource().getConnection();
          Statement statement = connection.createStatement()) {
        statement.execute("create sequence seq");
      }
    }
    cluster.awaitCaughtUp();
    for (GtidNode node : List.of(cluster.primary(), cluster.replica(0))) {
      try (Connection connection = node.adminDataSource().getConnection();
          Statement statement = connection.createStatement()) {
        statement.execute("set global log_output = 'TABLE'");
        statement.execute("set global general_log = 1");
      }
    }
    db =
        ReplicationDataSource.builder(pools.open(cluster.primary().jdbcUrl()))
            .replica("r1", pools.open(cluster.replica(0).jdbcUrl()))
            .consistency(ReadConsistency.eventual())
            .deadAfter(Duration.ofSeconds(20))
            .build();
    assertThat(db.awaitReplicas(20_000)).isTrue();
    await()
        .until(() -> db.status().nodes().stream().allMatch(node -> node.state().equals("in use")));
    table =
        new TrapTable(
            db,
            WITNESS,
            cluster.primary().adminDataSource(),
            List.of(cluster.replica(0).adminDataSource()));
  }

  String statements(String expected) throws SQLException {
    return table.run(expected);
  }

  String calls(String expected) throws SQLException {
    table
        .with("prepared read", (c, mark) -> query(c.prepareStatement("select * from t" + mark)))
        .with("batch of a statement", GtidTraps::batch)
        .with("batch of a prepared one", GtidTraps::preparedBatch)
        .with(
            "generated keys",
            (c, mark) ->
                c.createStatement()
                    .execute("select * from t" + mark, Statement.RETURN_GENERATED_KEYS))
        .with("prepareCall", GtidTraps::call)
        .with(
            "updatable result",
            (c, mark) ->
                c.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_UPDATABLE)
                    .executeQuery("select * from t" + mark))
        .with("stream as a parameter", GtidTraps::stream)
        .with(
            "read after a savepoint",
            (c, mark) -> {
              c.setSavepoint();
              query(c.prepareStatement("select * from t" + mark));
            })
        .with("read after SET", (c, mark) -> after(c, "set @a = 1", mark))
        .with("read after GET_LOCK", (c, mark) -> after(c, "select get_lock('l', 1)", mark))
        .with(
            "read after BEGIN in SQL",
            (c, mark) -> {
              after(c, "begin", mark);
              c.createStatement().execute("rollback");
            })
        .with(
            "SET after a read",
            (c, mark) -> {
              query(c.prepareStatement("select * from t"));
              c.createStatement().execute("set session transaction read write" + mark);
            })
        .with("id of an insert", GtidTraps::lastInsertId)
        .with("rows of a read", GtidTraps::foundRows)
        .with(
            "read, serializable",
            (c, mark) -> {
              c.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
              query(c.prepareStatement("select * from t" + mark));
            });
    return table.run(expected);
  }

  private static void query(PreparedStatement statement) throws SQLException {
    try (statement;
        ResultSet rows = statement.executeQuery()) {
      rows.next();
    }
  }

  private static void after(Connection connection, String first, String mark) throws SQLException {
    connection.createStatement().execute(first);
    query(connection.prepareStatement("select * from t" + mark));
  }

  private static void batch(Connection connection, String mark) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.addBatch("update t set name = 'b' where id = -1" + mark);
      statement.executeBatch();
    }
  }

  private static void preparedBatch(Connection connection, String mark) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("update t set name = ? where id = -1" + mark)) {
      statement.setString(1, "b");
      statement.addBatch();
      statement.executeBatch();
    }
  }

  private static void call(Connection connection, String mark) throws SQLException {
    try (CallableStatement statement = connection.prepareCall("call writing()" + mark)) {
      statement.execute();
    }
  }

  private static void stream(Connection connection, String mark) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement("select length(?)" + mark)) {
      statement.setBinaryStream(1, new ByteArrayInputStream(new byte[] {'1', '2'}));
      query(statement);
    }
  }

  /** An id that the server made is known to the connection that inserted, and to no other. */
  private static void lastInsertId(Connection connection, String mark) throws SQLException {
    connection.createStatement().execute("insert into t (name) values ('i')");
    query(connection.prepareStatement("select * from t"));
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select last_insert_id()" + mark)) {
      rows.next();
      assertThat(rows.getLong(1)).isPositive();
    }
  }

  private static void foundRows(Connection connection, String mark) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.executeQuery("select sql_calc_found_rows * from t where id = 1 limit 1").close();
      try (ResultSet rows = statement.executeQuery("select found_rows()" + mark)) {
        rows.next();
        assertThat(rows.getLong(1)).isEqualTo(1);
      }
    }
  }

  @Override
  public void close() throws SQLException {
    table.close();
    db.close();
    pools.close();
  }
}
