// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.testkit.postgres.PostgresCluster;
import io.scalingtoolkit.testkit.postgres.PostgresExtension;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What is classified as a read is run on a real standby: it must not be refused nor leave a trace.
 */
final class PostgresStandbyIT {
  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.of(PostgresCluster.builder().replicas(1));

  private static final List<String> SCHEMA =
      List.of(
          "create table t (a int, b text, c numeric)",
          "insert into t values (1, 'x', 2), (2, 'y', 3)",
          "create sequence s",
          "create unlogged table u (a int, b text, c numeric)",
          "create table parent (a int, b text, c numeric)",
          "create unlogged table child () inherits (parent)",
          "create function writes(int) returns int language sql as 'insert into t values ($1);"
              + " select 1'",
          "create function locks(int) returns int language sql as"
              + " 'select pg_advisory_lock($1); select 1'",
          "create function sets(int) returns int language sql as"
              + " 'select set_config(''a.b'', ''1'', false); select 1'",
          "create function reads(int) returns int language sql stable as 'select $1'",
          "create function doubles(int) returns int language sql immutable as 'select 2 * $1'",
          "create function lower(int) returns int language sql as 'select locks($1)'",
          "create function over(int) returns int language sql as 'select locks($1)'",
          "create function \"select\"(int) returns int language sql as 'select locks($1)'",
          "create function touch(t) returns int language sql as 'select locks(1)'",
          "create function adds(int, int) returns int language sql as 'select locks($1 + $2)'",
          "create aggregate locked_sum(int) (sfunc = adds, stype = int, initcond = '0')",
          "create operator ## (leftarg = int, rightarg = int, function = adds)",
          "create view plain_view as select * from t",
          "create view next_view as select a, b, c, nextval('s') from t",
          "create view lock_view as select a, b, c, locks(a) from t",
          "create view operator_view as select a, b, c, a ## 1 as d from t",
          "create view over_view as select a, b, c from lock_view",
          "create view unlogged_view as select a, b, c from u",
          "create view row_view as select a, b, c, touch(t) from t",
          "create table guarded (a int, b text, c numeric)",
          "insert into guarded values (1, 'x', 2)",
          "alter table guarded enable row level security",
          "create policy p on guarded using (locks(1) = 1)",
          "create materialized view stored as select a, b, c from lock_view");

  private static FunctionCatalog catalog;

  @BeforeAll
  static void createSchema() throws SQLException {
    PostgresCluster cluster = POSTGRES.cluster();
    try (Connection connection = cluster.primary().dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      for (String sql : SCHEMA) {
        statement.execute(sql);
      }
    }
    cluster.awaitCaughtUp();
    try (Connection connection = cluster.replica(0).dataSource().getConnection()) {
      catalog = FunctionCatalog.load(connection, SqlDialect.POSTGRESQL);
    }
  }

  private static SqlClassifier catalogued() {
    return SqlClassifier.builder(SqlDialect.POSTGRESQL).catalog(catalog).build();
  }

  private static SqlClassifier builtIn() {
    return SqlClassifier.builder(SqlDialect.POSTGRESQL).build();
  }

  @Test
  void classify_everyFunctionOfTheServer_readsAreHarmlessOnAStandby() throws SQLException {
    List<String> calls = new ArrayList<>(calls());
    calls.replaceAll(call -> "select " + call);
    calls.addAll(calls().stream().map(call -> "select * from " + call).toList());

    List<String> reads = reads(catalogued(), calls);

    assertThat(complaints(reads)).isEmpty();
    assertThat(reads).hasSizeGreaterThan(4_000);
  }

  /** Without a catalogue the names of the application's own functions are all that it can miss. */
  @Test
  void classify_withoutACatalogue_readsAreHarmlessOnAStandby() throws SQLException {
    List<String> calls = new ArrayList<>(calls());
    calls.removeIf(call -> call.startsWith("public."));
    calls.replaceAll(call -> "select " + call);
    List<String> reads = reads(builtIn(), calls);

    assertThat(complaints(reads)).isEmpty();
    assertThat(reads).hasSizeGreaterThan(1_000);
  }

  @Test
  void classify_randomStatements_readsAreHarmlessOnAStandby() throws SQLException {
    List<String> statements = new ArrayList<>();
    RandomSql random = new RandomSql(new SplittableRandom(42), grammar());
    for (int i = 0; i < 10_000; i++) {
      statements.add(random.statement());
    }
    List<String> reads = reads(catalogued(), statements);

    assertThat(complaints(reads)).isEmpty();
    assertThat(reads).hasSizeGreaterThan(1_000);
  }

  /** The standby and the corpus would show it if the classifier let something through. */
  @Test
  void complaints_ofWhatIsNoRead_areMany() throws SQLException {
    SqlClassifier careless =
        SqlClassifier.builder(SqlDialect.POSTGRESQL)
            .catalog(catalog)
            .allowFunction("nextval")
            .allowFunction("locks")
            .allowFunction("set_config")
            .allowFunction("pg_try_advisory_lock")
            .build();
    List<String> statements =
        List.of(
            "select nextval('s')",
            "select locks(1)",
            "select set_config('a.b', 'c', false)",
            "select pg_try_advisory_lock(1)",
            "select 1");

    assertThat(reads(careless, statements)).containsAll(statements);
    assertThat(complaints(statements)).hasSizeGreaterThanOrEqualTo(4);
  }

  @Test
  void catalog_functionsAndRelations_tellWhatTheyHide() {
    SqlClassifier classifier = catalogued();

    assertThat(List.of("reads(1)", "public.reads(1)", "doubles(1)", "upper('a')", "random()"))
        .allMatch(call -> isRead(classifier, "select " + call));
    assertThat(
            List.of(
                "writes(1)",
                "locks(1)",
                "lower('a')",
                "over(1)",
                "\"select\"(1)",
                "locked_sum(1)",
                "public.locks (1)",
                "current_setting('a')",
                "no_such_function(1)"))
        .noneMatch(call -> isRead(classifier, "select " + call));
    assertThat(List.of("t", "plain_view", "stored"))
        .allMatch(relation -> isRead(classifier, "select * from " + relation));
    assertThat(
            List.of(
                "next_view",
                "lock_view",
                "operator_view",
                "over_view",
                "public.over_view",
                "\"over_view\"",
                "row_view",
                "unlogged_view",
                "u",
                "child",
                "parent",
                "guarded"))
        .noneMatch(relation -> isRead(classifier, "select * from " + relation));
    assertThat(isRead(classifier, "select t.touch from t")).isFalse();
  }

  private static boolean isRead(SqlClassifier classifier, String sql) {
    return classifier.classify(sql).kind() == StatementKind.READ;
  }

  private static List<String> reads(SqlClassifier classifier, List<String> statements) {
    return statements.stream().filter(sql -> isRead(classifier, sql)).toList();
  }

  private static List<String> complaints(List<String> statements) throws SQLException {
    try (PostgresStandby standby = new PostgresStandby(POSTGRES.cluster().replica(0))) {
      standby.run(statements);
      return standby.complaints();
    }
  }

  /** Each function of the server with nulls, and with arguments that mean something. */
  private static List<String> calls() throws SQLException {
    List<String> calls = new ArrayList<>();
    try (Connection connection = POSTGRES.cluster().replica(0).dataSource().getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                """
                select case when n.nspname = 'pg_catalog' then '' else quote_ident(nspname) || '.'
                    end || quote_ident(p.proname),
                  coalesce((select string_agg('null::' || format_type(t, null), ', ' order by o)
                    from unnest(p.proargtypes) with ordinality as a (t, o)), ''),
                  coalesce((select string_agg(case
                      when t in ('int4'::regtype, 'int8'::regtype, 'int2'::regtype) then '1'
                      when t in ('float8'::regtype, 'float4'::regtype) then '0.01'
                      when t = 'numeric'::regtype then '1.5'
                      when t = 'bool'::regtype then 'true'
                      when t = 'regclass'::regtype then '''s''::regclass'
                      when t = 'interval'::regtype then '''10 ms''::interval'
                      when t = 'timestamptz'::regtype then 'now()'
                      when t in ('text'::regtype, 'name'::regtype, 'cstring'::regtype) then '''s'''
                      when t = 'oid'::regtype then '1::oid'
                      else 'null::' || format_type(t, null) end, ', ' order by o)
                    from unnest(p.proargtypes) with ordinality as a (t, o)), '')
                from pg_proc p join pg_namespace n on n.oid = p.pronamespace
                order by 1, 2
                """)) {
      while (rows.next()) {
        calls.add(rows.getString(1) + "(" + rows.getString(2) + ")");
        if (!rows.getString(2).equals(rows.getString(3))) {
          calls.add(rows.getString(1) + "(" + rows.getString(3) + ")");
        }
      }
    }
    return calls;
  }

  private static RandomSql.Grammar grammar() throws SQLException {
    List<String> calls = new ArrayList<>(calls());
    List<String> own =
        List.of(
            "writes(1)",
            "locks(1)",
            "sets(1)",
            "reads(1)",
            "doubles(1)",
            "lower(1)",
            "touch(t)",
            "nextval('s')",
            "currval('s')",
            "pg_advisory_lock(1)",
            "pg_try_advisory_lock(1)",
            "set_config('a.b', 'c', false)",
            "no_such_function(1)");
    List<String> harmless =
        List.of(
            "count(*)",
            "max(t.a)",
            "now()",
            "random()",
            "substring('abc' from 1 for 2)",
            "extract(year from now())",
            "1::numeric(3, 1)",
            "upper('a')",
            "pg_typeof(1)",
            "row_number() over (partition by t.a)",
            "reads(1)",
            "pg_catalog.length('a')",
            "count(*) filter (where t.a > 1)",
            "array(select 1)",
            "cast('1' as varchar(10))");
    for (int i = 0; i < 300; i++) {
      calls.addAll(i % 4 == 0 ? own : harmless);
      calls.addAll(harmless);
    }
    return new RandomSql.Grammar(
        calls,
        List.of(
            "t",
            "t",
            "t",
            "t",
            "t",
            "t",
            "t",
            "t",
            "t",
            "t",
            "t",
            "t",
            "plain_view",
            "next_view",
            "lock_view",
            "operator_view",
            "over_view",
            "u",
            "parent",
            "guarded",
            "stored",
            "unlogged_view",
            "(values (1, 'x', 2)) as v (a, b," + " c) cross join t"),
        List.of("for update", "for share", "for no key update", "for key share", "for update of t"),
        List.of("into new_table", "into temp new_table", "into temporary table new_table"),
        List.of(
            "insert into t values (1) returning a, b, c",
            "update t set a = 1 returning a, b, c",
            "delete from t where a = 1 returning a, b, c",
            "merge into t using u on t.a = u.a when matched then delete"),
        List.of(
            "listen x",
            "notify x",
            "create temp table x (a int)",
            "set a.b = 1",
            "prepare p as select 1",
            "declare c cursor with hold for select 1",
            "vacuum t",
            "lock table t",
            "table t",
            "values (1), (2)",
            "table next_view",
            "begin",
            "discard all",
            "copy t to stdout",
            "truncate t",
            "reset all"));
  }
}
