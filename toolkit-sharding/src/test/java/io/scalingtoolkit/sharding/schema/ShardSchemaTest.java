// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteDataSource;

/** Over files; locks and Flyway are in ShardSchemaIT. */
class ShardSchemaTest {
  private final Map<String, DataSource> databases = new LinkedHashMap<>();
  private final List<String> ran = new ArrayList<>();
  private ShardSchema schema;

  @BeforeEach
  void open(@TempDir Path folder) throws SQLException {
    for (String name : List.of("control", "s1", "s2", "s3")) {
      SQLiteDataSource database = new SQLiteDataSource();
      database.setUrl("jdbc:sqlite:" + folder.resolve(name + ".db"));
      databases.put(name, database);
    }
    schema = builder().canary("s2").build();
  }

  private ShardSchema.Builder builder() {
    return ShardSchema.builder(databases.get("control"))
        .shard("s1", databases.get("s1"))
        .shard("s2", databases.get("s2"))
        .shard("s3", databases.get("s3"));
  }

  private void execute(DataSource database, String sql) throws SQLException {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private SchemaStep step(String sql) {
    return (shard, database) -> {
      ran.add(shard);
      execute(database, sql);
    };
  }

  @Test
  void run_allShards_canaryFirstAndOnce() throws SQLException {
    SchemaStep step = step("create table thing (id integer primary key)");

    assertThat(schema.run("1", step)).containsExactly("s2", "s1", "s3");
    assertThat(schema.run("1", step)).isEmpty();

    assertThat(ran).containsExactly("s2", "s1", "s3");
    assertThat(schema.progress("1").values()).containsOnly(SchemaProgress.DONE);
    assertThat(schema.progress("2")).isEmpty();
  }

  @Test
  void run_shardFails_stopsThereAndGoesOnLater() throws SQLException {
    execute(databases.get("s1"), "create table thing (id integer primary key)");
    SchemaStep step = step("create table thing (id integer primary key)");

    assertThatThrownBy(() -> schema.run("1", step))
        .isInstanceOf(SQLException.class)
        .hasFieldOrPropertyWithValue("SQLState", "TK012")
        .hasMessageContaining("step \"1\" failed at shard \"s1\", changed before it are [s2]")
        .hasMessageContaining("already exists");
    assertThat(schema.progress("1"))
        .isEqualTo(Map.of("s2", SchemaProgress.DONE, "s1", SchemaProgress.FAILED));

    execute(databases.get("s1"), "drop table thing");
    assertThat(schema.run("1", step)).containsExactly("s1", "s3");
    assertThat(ran).containsExactly("s2", "s1", "s1", "s3");
  }

  @Test
  void run_canaryFails_changesNoOtherShard() {
    assertThatThrownBy(() -> schema.run("1", step("nonsense"))).hasMessageContaining("\"s2\"");
    assertThat(ran).containsExactly("s2");
  }

  @Test
  void run_processDies_isRunAgainWhereItWas() throws SQLException {
    Error killed = new Error("killed");
    assertThatThrownBy(
            () ->
                schema.run(
                    "1",
                    (shard, database) -> {
                      if (shard.equals("s1")) {
                        throw killed;
                      }
                    }))
        .isSameAs(killed);
    assertThat(schema.progress("1").get("s1")).isEqualTo(SchemaProgress.RUNNING);

    assertThat(schema.run("1", step("create table thing (id integer)")))
        .containsExactly("s1", "s3");
  }

  @Test
  void drift_sameShards_isNone() throws SQLException {
    schema.run("1", step("create table thing (id integer primary key, name text not null)"));
    schema.run("2", step("create unique index thing_name on thing (name)"));

    assertThat(schema.drift()).isEmpty();
  }

  @Test
  void drift_eachPart_isReportedByShard() throws SQLException {
    schema.run(
        "1",
        step("create table thing (id integer primary key, a text not null, b integer, c integer)"));
    schema.run("2", step("create index thing_a on thing (a, b)"));
    DataSource third = databases.get("s3");
    execute(third, "drop table thing");
    execute(
        third, "create table thing (id integer, a text, b text, d integer, primary key (id, a))");
    execute(third, "create unique index thing_a on thing (a)");
    execute(databases.get("s1"), "create table extra (id integer primary key)");
    execute(databases.get("s1"), "create index thing_b on thing (b)");

    List<SchemaDrift> drift = schema.drift();

    assertThat(drift)
        .filteredOn(each -> each.shard().equals("s1"))
        .extracting(each -> each.table() + " " + each.part())
        .containsExactly("extra table", "thing index thing_b");
    assertThat(drift)
        .filteredOn(each -> each.shard().equals("s3"))
        .extracting(SchemaDrift::part)
        .contains("column a", "column b", "column c", "column d", "index thing_a", "primary key")
        .doesNotContain("column id", "table");
    assertThat(drift.toString())
        .contains("shard \"s3\", table \"thing\", primary key: [id, a]; the canary has [id]");
    assertThat(schema.drift(Set.of("extra")))
        .containsExactly(new SchemaDrift("s1", "extra", "table", "absent", "present"));
  }

  @Test
  void arguments_outOfRange_areRefused() {
    assertThatThrownBy(() -> builder().shard("s1", databases.get("s1")))
        .hasMessageContaining("given twice");
    assertThatThrownBy(() -> builder().canary("s9").build())
        .hasMessageContaining("canary must be one of [s1, s2, s3], was \"s9\"");
    assertThatThrownBy(() -> ShardSchema.builder(databases.get("control")).build())
        .hasMessageContaining("at least one shard");
    assertThatThrownBy(() -> schema.run(" ", step("select 1")))
        .hasMessageContaining("name must have 1 to 128 characters");
  }
}
