// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.scalingtoolkit.sharding.move.Engine;
import io.scalingtoolkit.sharding.unique.UniqueKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The journal and its lock in real databases, and migrations by Flyway. */
class ShardSchemaIT {
  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb", "mysql"})
  void run_whileAnotherProcessIsAtIt_isRefused(String product) throws Exception {
    try (Engine engine = Engine.of(product)) {
      HikariDataSource control = engine.database();
      HikariDataSource first = engine.database();
      HikariDataSource second = engine.database();
      ShardSchema one = ShardSchema.builder(control).shard("s1", first).shard("s2", second).build();
      ShardSchema two = ShardSchema.builder(control).shard("s1", first).shard("s2", second).build();

      assertThat(
              one.run(
                  "1",
                  (shard, database) -> {
                    assertThatThrownBy(() -> two.run("1", (name, ignored) -> {}))
                        .isInstanceOf(SQLException.class)
                        .hasFieldOrPropertyWithValue("SQLState", "TK011");
                    UniqueKeys.create(database);
                  }))
          .containsExactly("s1", "s2");
      assertThat(two.run("1", (shard, database) -> {})).isEmpty();
      assertThat(one.drift()).isEmpty();
      try (var connection = second.getConnection();
          var statement = connection.createStatement()) {
        statement.execute("alter table tk_unique add column extra integer");
        statement.execute(
            "drop index tk_unique_slot" + (product.equals("postgres") ? "" : " on tk_unique"));
      }
      assertThat(one.drift())
          .extracting(each -> each.shard() + ' ' + each.table() + ' ' + each.part())
          .containsExactly("s2 tk_unique column extra", "s2 tk_unique index tk_unique_slot");
    }
  }

  @Test
  void flyway_migrations_runAtEachShard(@TempDir Path folder) throws Exception {
    try (Engine engine = Engine.of("postgres")) {
      HikariDataSource control = engine.database();
      HikariDataSource first = engine.database();
      HikariDataSource second = engine.database();
      ShardSchema schema =
          ShardSchema.builder(control).shard("s1", first).shard("s2", second).build();
      SchemaStep flyway = FlywayStep.of("filesystem:" + folder);
      write(folder, "V1__thing.sql", "create table thing (id bigint primary key)");
      assertThat(schema.run("release 1", flyway)).containsExactly("s1", "s2");

      write(folder, "V2__bad.sql", "alter table thing add column name nonsense");
      assertThatThrownBy(() -> schema.run("release 2", flyway))
          .isInstanceOf(SQLException.class)
          .hasMessageContaining("failed at shard \"s1\", changed before it are []");
      assertThat(schema.drift()).isEmpty();

      write(folder, "V2__bad.sql", "alter table thing add column name text");
      assertThat(schema.run("release 2", flyway)).containsExactly("s1", "s2");
      assertThat(schema.drift()).isEmpty();
    }
  }

  private static void write(Path folder, String name, String sql) throws IOException {
    Files.writeString(folder.resolve(name), sql);
  }
}
