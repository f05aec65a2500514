// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.testkit.mysql.GtidCluster;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is classified as a read is run on a real replica: not refused, and no trace left. */
abstract class MySqlStandbyContract {
  private static final List<String> ARGUMENTS =
      List.of(
          "",
          "null",
          "1",
          "'a'",
          "null, null",
          "1, 1",
          "'a', 0",
          "'a', 'a'",
          "1, 1, 1",
          "'a', 1, 'a'",
          "'a', 1, 1, 'a'",
          "'$', '$.a', 1");

  private static final List<String> SCHEMA =
      List.of(
          "create table t (a int, b varchar(10), c int)",
          "insert into t values (1, 'x', 2), (2, 'y', 3)",
          "create table other (a int, b varchar(10), c int) engine = memory",
          "create function take_lock(x int) returns int return get_lock('a', 0)",
          "create function variable(x int) returns int begin set @a = x; return x; end",
          "create function writes(x int) returns int begin insert into t (a) values (x);"
              + " return x; end",
          "create function harmless(x int) returns int reads sql data return x",
          "create function `count`(x int) returns int return get_lock('a', 0)",
          "create view plain_view as select a, b, c from t",
          "create view lock_view as select a, b, get_lock('a', 0) as c from t",
          "create view function_view as select a, b, take_lock(a) as c from t",
          "create view over_view as select a, b, c from function_view");

  private final SqlDialect dialect;

  MySqlStandbyContract(SqlDialect dialect) {
    this.dialect = dialect;
  }

  abstract GtidCluster cluster();

  @BeforeEach
  void createSchema() throws SQLException {
    try (Connection connection = cluster().primary().adminDataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("set global log_bin_trust_function_creators = 1");
    }
    try (Connection connection = cluster().primary().dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      for (String table : List.of("t", "other")) {
        statement.execute("drop table if exists " + table);
      }
      for (String view : List.of("plain_view", "lock_view", "function_view", "over_view")) {
        statement.execute("drop view if exists " + view);
      }
      for (String function : List.of("take_lock", "variable", "writes", "harmless", "`count`")) {
        statement.execute("drop function if exists " + function);
      }
      for (String sql : SCHEMA) {
        statement.execute(sql);
      }
    }
    cluster().awaitCaughtUp();
  }

  private SqlClassifier catalogued() throws SQLException {
    try (Connection connection = cluster().replica(0).dataSource().getConnection()) {
      return SqlClassifier.builder(dialect)
          .catalog(FunctionCatalog.load(connection, dialect))
          .build();
    }
  }

  @Test
  void classify_everyFunction_readsAreHarmlessOnAReplica() throws SQLException {
    List<String> calls = calls();
    calls.replaceAll(call -> "select " + call);
    List<String> reads = reads(SqlClassifier.builder(dialect).build(), calls);

    assertThat(reads).hasSizeGreaterThan(3_000);
    try (MySqlStandby standby = new MySqlStandby(cluster().replica(0))) {
      standby.run(reads);
      assertThat(standby.complaints()).isEmpty();
      assertThat(standby.answered()).isGreaterThan(500);
    }
  }

  @Test
  void classify_randomStatements_readsAreHarmlessOnAReplica() throws SQLException {
    List<String> statements = new ArrayList<>();
    RandomSql random = new RandomSql(new SplittableRandom(42), grammar());
    for (int i = 0; i < 10_000; i++) {
      statements.add(random.statement());
    }
    List<String> reads = reads(catalogued(), statements);

    assertThat(reads).hasSizeGreaterThan(1_000);
    try (MySqlStandby standby = new MySqlStandby(cluster().replica(0))) {
      standby.run(reads);
      assertThat(standby.complaints()).isEmpty();
      assertThat(standby.answered()).isGreaterThan(300);
    }
  }

  /** The replica and the corpus would show it if the classifier let something through. */
  @Test
  void complaints_ofWhatIsNoRead_areMany() throws SQLException {
    List<String> statements =
        List.of(
            "select get_lock('a', 0)",
            "select take_lock(1)",
            "select variable(1)",
            "select @a := 1",
            "select 1 from t for update",
            "insert into t (a) values (1)",
            "select 1");

    try (MySqlStandby standby = new MySqlStandby(cluster().replica(0))) {
      standby.run(statements);
      assertThat(String.join("\n", standby.complaints()))
          .contains(statements.subList(0, statements.size() - 1));
    }
  }

  @Test
  void catalog_functionsAndViews_tellWhatTheyHide() throws SQLException {
    SqlClassifier classifier = catalogued();

    assertThat(List.of("t", "plain_view", "app.plain_view"))
        .allMatch(relation -> isRead(classifier, "select * from " + relation));
    assertThat(List.of("lock_view", "function_view", "over_view", "`over_view`", "other"))
        .noneMatch(relation -> isRead(classifier, "select * from " + relation));
    assertThat(List.of("take_lock(1)", "harmless(1)", "count(1)", "app.count(1)", "no_such(1)"))
        .noneMatch(call -> isRead(classifier, "select " + call));
  }

  private static boolean isRead(SqlClassifier classifier, String sql) {
    return classifier.classify(sql).kind() == StatementKind.READ;
  }

  private static List<String> reads(SqlClassifier classifier, List<String> statements) {
    return statements.stream().filter(sql -> isRead(classifier, sql)).toList();
  }

  private static List<String> calls() {
    Set<String> names = new TreeSet<>(Vocabulary.listed(MySqlWords.FUNCTIONS));
    names.addAll(Vocabulary.listed(MySqlWords.TIGHT_FUNCTIONS));
    names.addAll(Vocabulary.listed(MySqlWords.MARIADB_FUNCTIONS));
    names.addAll(Vocabulary.listed(MySqlWords.MYSQL_FUNCTIONS));
    // MariaDB 11.4.5 dies of it when both arguments are null.
    names.remove("json_array_intersect");
    names.addAll(
        List.of(
            "get_lock",
            "release_lock",
            "release_all_locks",
            "is_used_lock",
            "last_insert_id",
            "found_rows",
            "row_count",
            "connection_id",
            "uuid_short",
            "load_file",
            "version",
            "nextval",
            "setval",
            "lastval",
            "master_pos_wait"));
    List<String> calls = new ArrayList<>();
    for (String name : names) {
      ARGUMENTS.forEach(arguments -> calls.add(name + "(" + arguments + ")"));
    }
    return calls;
  }

  private RandomSql.Grammar grammar() {
    List<String> calls = new ArrayList<>();
    List<String> own =
        List.of(
            "take_lock(1)",
            "variable(1)",
            "writes(1)",
            "harmless(1)",
            "get_lock('a', 0)",
            "`get_lock`('a', 0)",
            "last_insert_id(5)",
            "@a := 1",
            "@@server_id",
            "count (1)",
            "found_rows()",
            "app.count(1)",
            "release_lock('a')");
    List<String> harmless =
        List.of(
            "max(t.a)",
            "now()",
            "rand()",
            "substring('abc' from 1 for 2)",
            "upper('a')",
            "extract(year from now())",
            "cast(1 as decimal(3, 1))",
            "if(t.a, 1, 2)",
            "sleep(0)",
            "replace(t.b, 'x', 'y')",
            "insert('abc', 1, 1, 'd')",
            "'a''b'",
            "\"it's\"",
            "`a`",
            "database()",
            "date_add(now(), interval 1 day)",
            "sum(a)",
            "benchmark(2, 1 + 1)");
    for (int i = 0; i < 300; i++) {
      calls.addAll(i % 4 == 0 ? own : harmless);
    }
    calls.addAll(calls());
    return new RandomSql.Grammar(
        calls,
        List.of(
            "t",
            "t",
            "t",
            "t",
            "t",
            "t",
            "plain_view",
            "lock_view",
            "function_view",
            "over_view",
            "other",
            "`t`",
            "app.t",
            "information_schema.tables"),
        List.of("for update", "for share", "lock in share mode", "lock /* x */ in share mode"),
        List.of("into @a", "into @a, @b", "into outfile 'x'", "into dumpfile 'x'"),
        List.of(
            "insert into t values (1, 'x', 2)",
            "update t set a = 1",
            "delete from t where a = 1",
            "replace into t values (1, 'x', 2)",
            "truncate t",
            "select next value for s"),
        List.of(
            "show tables",
            "show columns from t",
            "describe t",
            "show create table t",
            "show processlist",
            "set @a = 1",
            "use app",
            "lock tables t read",
            "handler t open",
            "create temporary table x (a int)",
            "do get_lock('a', 0)",
            "values (1), (2)",
            "select /*!50000 get_lock('a', 0), */ 1",
            "select sql_calc_found_rows 1 from t",
            "begin",
            "analyze table t",
            "flush tables",
            "prepare p from 'select 1'",
            "show full columns from t",
            "select 1 /* ' */ from t -- '"));
  }
}
