// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.scalingtoolkit.testkit.postgres.PostgresCluster;
import io.scalingtoolkit.testkit.postgres.PostgresExtension;
import java.io.ByteArrayInputStream;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Where each statement runs, or with which error it fails, in each mode of a connection. */
class PostgresTrapsIT {
  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.of(PostgresCluster.builder().replicas(1));

  private static final String WITNESS =
      """
      select count(*) from pg_stat_activity
      where query like '%/*cell-' || ? || '-*/%' and pid <> pg_backend_pid()
      """;

  // Columns: autocommit, autocommit with setReadOnly(true), read-only transaction, transaction.
  private static final String STATEMENTS =
      """
      select * from t                                              | R       | R       | R       | P
      table t                                                      | R       | R       | R       | P
      values (1)                                                   | R       | R       | R       | P
      show work_mem                                                | P       | P       | P       | P
      select now(), random() from t                                | R       | R       | R       | P
      /*@primary*/ select * from t                                 | P       | P       | P       | P
      /*@replica*/ select pg_is_in_recovery()                      | R       | R       | R       | P
      select pg_is_in_recovery()                                   | P       | P       | P       | P
      select * from t for update                                   | P       | P       | P 25006 | P
      select * from t for no key update                            | P       | P       | P 25006 | P
      select * from t for share                                    | P       | P       | P 25006 | P
      select * from t for key share                                | P       | P       | P 25006 | P
      (select * from t) union all (select * from (select * from t for update) x) | P       | P       | P 25006 | P
      select nextval('s')                                          | P       | P       | P 25006 | P
      select setval('s', 100000)                                   | P       | P       | P 25006 | P
      with x as (insert into t values ({n}, '') returning id) select * from x | P       | P       | P 25006 | P
      insert into t values ({n}, '')                               | P       | P       | P 25006 | P
      update t set name = 'x' where id = -1                        | P       | P       | P 25006 | P
      delete from t where id = -1                                  | P       | P       | P 25006 | P
      merge into t using (values (-1)) as v (a) on id = a when matched then delete | P       | P       | P 25006 | P
      select 1 as a into temp s{n}                                 | P       | P       | P 25006 | P
      create temp table t{n} (a int)                               | P       | P       | P 25006 | P
      listen c                                                     | P       | P       | P       | P
      notify c                                                     | P       | P       | P       | P
      select pg_notify('c', '')                                    | P       | P       | P       | P
      unlisten *                                                   | P       | P       | P       | P
      select pg_advisory_lock({n})                                 | P       | P       | P       | P
      select pg_try_advisory_lock_shared({n})                      | P       | P       | P       | P
      select pg_advisory_xact_lock({n})                            | P       | P       | P       | P
      set work_mem = '5MB'                                         | P       | P       | P       | P
      set local work_mem = '5MB'                                   | P       | P       | P       | P
      select set_config('a.b', '1', false)                         | P       | P       | P       | P
      reset work_mem                                               | P       | P       | P       | P
      discard plans                                                | P       | P       | P       | P
      prepare p{n} as select 1                                     | P       | P       | P       | P
      declare c{n} cursor with hold for select 1                   | P       | P       | P       | P
      declare c{n} cursor for select 1                             | P 25P01 | P 25P01 | P       | P
      select pg_cancel_backend(0)                                  | P       | P       | P       | P
      select pg_stat_reset()                                       | P       | P       | P       | P
      select lo_creat(-1)                                          | P       | P       | P 25006 | P
      lock table t in row share mode                               | P 25P01 | P 25P01 | P       | P
      lock table t in exclusive mode                               | P 25P01 | P 25P01 | P       | P
      checkpoint                                                   | P       | P       | P       | P
      vacuum t                                                     | P       | P       | P 25001 | P 25001
      analyze t                                                    | P       | P       | P       | P
      do 'begin end'                                               | P       | P       | P       | P
      call writing()                                               | P       | P       | P 25006 | P
      select writing_function()                                    | P       | P       | P 25006 | P
      select * from writing_view                                   | P       | P       | P 25006 | P
      select hidden_write()                                        | PR      | P       | P 25006 | P
      select txid_current()                                        | P       | P       | P       | P
      select pg_export_snapshot()                                  | P       | P       | P       | P
      explain analyze insert into t values ({n}, '')               | P       | P       | P 25006 | P
      explain select * from t                                      | R       | R       | R       | P
      select 1; insert into t values ({n}, '')                     | P       | P       | P 25006 | P
      set transaction isolation level repeatable read              | P       | P       | P       | P
      savepoint a                                                  | P 25P01 | P 25P01 | P       | P
      select * from no_such_table                                  | R 42P01 | R 42P01 | R 42P01 | P 42P01
      selct                                                        | P 42601 | P 42601 | P 42601 | P 42601
      """;

  private static final String CALLS =
      """
      [prepared read]             | R       | R       | R       | P
      [executeUpdate of a read]   | P 0100E | P 0100E | P 0100E | P 0100E
      [batch of a statement]      | P       | P       | P 25006 | P
      [batch of a prepared one]   | P       | P       | P 25006 | P
      [generated keys]            | P       | P       | P       | P
      [generated keys, prepared]  | P       | P       | P 25006 | P
      [prepareCall]               | P       | P       | P       | P
      [updatable result]          | P       | P       | P       | P
      [scrollable result]         | R       | R       | R       | P
      [stream as a parameter]     | P       | P       | P       | P
      [array as a parameter]      | R       | R       | R       | P
      [read by cursor]            | R       | R       | R       | P
      [read after a savepoint]    | - 25P01 | - 25P01 | P       | P
      [read when pinned]          | P       | P       | P       | P
      [read after SET]            | P       | P       | P       | P
      [read after metadata]       | R       | R       | R       | P
      [read, serializable]        | P       | P       | P       | P
      [read after BEGIN in SQL]   | P       | P       | P       | P
      [currval after nextval]     | P       | P       | - 25006 | P
      [SET after a read]          | P       | P       | - 25006 | P
      """;

  private static final Pools POOLS = new Pools();
  private static ReplicationDataSource db;
  private static TrapTable traps;

  @BeforeAll
  static void open() throws Exception {
    PostgresCluster cluster = POSTGRES.cluster();
    try (Connection connection = cluster.primary().dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(
          """
          create table t (id bigint primary key, name text not null);
          create sequence s;
          create procedure writing() language sql as 'update t set name = name where id = -1';
          create function writing_function() returns bigint language sql as
            'select nextval(''s'')';
          create function hidden_write() returns bigint stable language sql as
            'select nextval(''s'')';
          create view writing_view as select nextval('s') as n;
          """);
    }
    cluster.awaitCaughtUp();
    db =
        ReplicationDataSource.builder(POOLS.open(cluster.primary().jdbcUrl()))
            .replica("r1", POOLS.open(cluster.replica(0).jdbcUrl()))
            // What is asked here is where statements belong, not whether a replica is up to date.
            .consistency(ReadConsistency.eventual())
            .deadAfter(Duration.ofSeconds(20))
            .build();
    assertThat(db.awaitReplicas(20_000)).isTrue();
    await()
        .until(() -> db.status().nodes().stream().allMatch(node -> node.state().equals("in use")));
    traps =
        new TrapTable(
            db, WITNESS, cluster.primary().dataSource(), List.of(cluster.replica(0).dataSource()));
  }

  @AfterAll
  static void close() throws SQLException {
    traps.close();
    db.close();
    POOLS.close();
  }

  @Test
  void statements_inEachMode_runWhereTheyBelong() throws SQLException {
    assertThat(traps.run(STATEMENTS)).isEqualTo(STATEMENTS);
  }

  @Test
  void calls_inEachMode_runWhereTheyBelong() throws SQLException {
    traps
        .with("prepared read", (c, mark) -> query(c.prepareStatement("select * from t" + mark)))
        .with(
            "executeUpdate of a read",
            (c, mark) -> c.createStatement().executeUpdate("select * from t" + mark))
        .with("batch of a statement", PostgresTrapsIT::batch)
        .with("batch of a prepared one", PostgresTrapsIT::preparedBatch)
        .with(
            "generated keys",
            (c, mark) ->
                c.createStatement()
                    .execute("select * from t" + mark, Statement.RETURN_GENERATED_KEYS))
        .with(
            "generated keys, prepared",
            (c, mark) ->
                c.prepareStatement("delete from t where id = -1" + mark, new String[] {"id"})
                    .execute())
        .with("prepareCall", PostgresTrapsIT::call)
        .with(
            "updatable result",
            (c, mark) ->
                c.createStatement(ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_UPDATABLE)
                    .executeQuery("select * from t" + mark))
        .with(
            "scrollable result",
            (c, mark) ->
                c.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_READ_ONLY)
                    .executeQuery("select * from t" + mark)
                    .last())
        .with("stream as a parameter", PostgresTrapsIT::stream)
        .with("array as a parameter", PostgresTrapsIT::array)
        .with("read by cursor", PostgresTrapsIT::cursor)
        .with(
            "read after a savepoint",
            (c, mark) -> {
              c.setSavepoint();
              query(c.prepareStatement("select * from t" + mark));
            })
        .with(
            "read when pinned",
            (c, mark) -> {
              unwrap(c);
              query(c.prepareStatement("select * from t" + mark));
            })
        .with(
            "read after SET",
            (c, mark) -> {
              c.createStatement().execute("set work_mem = '6MB'");
              query(c.prepareStatement("select * from t" + mark));
            })
        .with(
            "read after metadata",
            (c, mark) -> {
              c.getMetaData().getTables(null, null, "t", null).close();
              c.createArrayOf("int", new Object[] {1}).free();
              query(c.prepareStatement("select * from t" + mark));
            })
        .with(
            "read, serializable",
            (c, mark) -> {
              c.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
              query(c.prepareStatement("select * from t" + mark));
            })
        .with(
            "read after BEGIN in SQL",
            (c, mark) -> {
              c.createStatement().execute("begin");
              try (ResultSet row =
                  c.createStatement().executeQuery("/*@replica*/ select pg_is_in_recovery()")) {
                row.next();
                assertThat(row.getBoolean(1)).isFalse();
              }
              c.createStatement().execute("rollback" + mark);
            })
        .with(
            "SET after a read",
            (c, mark) -> {
              query(c.prepareStatement("select * from t"));
              c.createStatement().execute("set work_mem = '6MB'" + mark);
            })
        .with(
            "currval after nextval",
            (c, mark) -> {
              query(c.prepareStatement("select nextval('s')"));
              query(c.prepareStatement("select currval('s')" + mark));
            });
    assertThat(traps.run(CALLS)).isEqualTo(CALLS);
  }

  private static void query(PreparedStatement statement) throws SQLException {
    try (statement;
        ResultSet rows = statement.executeQuery()) {
      rows.next();
    }
  }

  // By name, since its class file names annotations that are nowhere.
  private static void unwrap(Connection connection) throws SQLException {
    try {
      connection.unwrap(Class.forName("org.postgresql.PGConnection"));
    } catch (ClassNotFoundException e) {
      throw new AssertionError(e);
    }
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
    try (CallableStatement statement = connection.prepareCall("select 1" + mark)) {
      statement.execute();
    }
  }

  private static void stream(Connection connection, String mark) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("select length(?::bytea)" + mark)) {
      statement.setBinaryStream(1, new ByteArrayInputStream(new byte[] {1, 2}));
      query(statement);
    }
  }

  private static void array(Connection connection, String mark) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("select * from t where id = any (?)" + mark)) {
      statement.setArray(1, connection.createArrayOf("bigint", new Object[] {1L}));
      query(statement);
    }
  }

  private static void cursor(Connection connection, String mark) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("select * from generate_series(1, 100)" + mark)) {
      statement.setFetchSize(10);
      query(statement);
    }
  }
}
