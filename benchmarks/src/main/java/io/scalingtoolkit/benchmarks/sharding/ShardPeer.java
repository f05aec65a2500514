// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.sharding;

import static io.scalingtoolkit.sharding.query.SortColumn.ascending;

import io.scalingtoolkit.sharding.ShardedDataSource;
import io.scalingtoolkit.sharding.hash.ShardKey;
import io.scalingtoolkit.sharding.map.ShardMap;
import io.scalingtoolkit.sharding.map.ShardMapStore;
import io.scalingtoolkit.sharding.query.MergedRows;
import io.scalingtoolkit.sharding.query.ShardQuery;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import javax.sql.DataSource;
import org.apache.shardingsphere.driver.api.ShardingSphereDataSourceFactory;
import org.apache.shardingsphere.infra.algorithm.core.config.AlgorithmConfiguration;
import org.apache.shardingsphere.sharding.api.config.ShardingRuleConfiguration;
import org.apache.shardingsphere.sharding.api.config.rule.ShardingTableRuleConfiguration;
import org.apache.shardingsphere.sharding.api.config.strategy.sharding.StandardShardingStrategyConfiguration;

/** What is asked for rows of {@link ShardData}, over the same databases. */
enum ShardPeer {
  /** HikariCP to the right database, which every other row is compared with. */
  HIKARI("hikari") {
    @Override
    Shards open(DataSource control, List<DataSource> databases) {
      return new Shards() {
        @Override
        public String name(long id) throws SQLException {
          int at = (int) (id % databases.size());
          try (Connection connection = databases.get(at).getConnection()) {
            return readName(connection, id);
          }
        }

        @Override
        public Rows first(int limit) throws SQLException {
          // One of the databases alone, as if it had all rows.
          Connection connection = databases.get(0).getConnection();
          Statement statement = connection.createStatement();
          return rows(statement.executeQuery(FIRST + limit), connection);
        }
      };
    }
  },

  /** Ours: the key says where, and the slots of the map which rows are meant. */
  TOOLKIT("toolkit") {
    @Override
    Shards open(DataSource control, List<DataSource> databases) throws SQLException {
      var builder = ShardedDataSource.builder(ShardMapStore.jdbc(control));
      for (int i = 0; i < databases.size(); i++) {
        builder.shard(ShardData.shard(i), databases.get(i));
      }
      ShardedDataSource shards = builder.build();
      ShardQuery query = ShardQuery.builder(shards).build();
      return new Shards() {
        @Override
        public String name(long id) throws SQLException {
          try (Connection connection =
              shards.createConnectionBuilder().shardingKey(ShardKey.of(id)).build()) {
            return readName(connection, id);
          }
        }

        @Override
        public Rows first(int limit) throws SQLException {
          MergedRows rows =
              query
                  .orderedBy(ascending(1))
                  .limit(limit)
                  .run("select v, id, name from item where {slots} order by v limit {limit}");
          return new Rows() {
            @Override
            public boolean next() throws SQLException {
              return rows.next();
            }

            @Override
            public long value() throws SQLException {
              return rows.row().getLong(1);
            }

            @Override
            public void close() throws SQLException {
              rows.close();
            }
          };
        }
      };
    }
  },

  /** ShardingSphere, which finds the database in each statement. */
  SHARDING_SPHERE("shardingSphere") {
    @Override
    Shards open(DataSource control, List<DataSource> databases) throws SQLException {
      Map<String, DataSource> sources = new LinkedHashMap<>();
      for (int i = 0; i < databases.size(); i++) {
        sources.put("ds_" + i, databases.get(i));
      }
      ShardingRuleConfiguration rule = new ShardingRuleConfiguration();
      for (String table : List.of("account", "item")) {
        String nodes = "ds_${0..%d}.%s".formatted(databases.size() - 1, table);
        var byId = new ShardingTableRuleConfiguration(table, nodes);
        byId.setDatabaseShardingStrategy(new StandardShardingStrategyConfiguration("id", "mod"));
        rule.getTables().add(byId);
      }
      Properties modulo = new Properties();
      modulo.setProperty("algorithm-expression", "ds_${id % " + databases.size() + "}");
      rule.getShardingAlgorithms().put("mod", new AlgorithmConfiguration("INLINE", modulo));
      DataSource shards =
          ShardingSphereDataSourceFactory.createDataSource(
              sources, List.of(rule), new Properties());
      return new Shards() {
        @Override
        public String name(long id) throws SQLException {
          try (Connection connection = shards.getConnection()) {
            return readName(connection, id);
          }
        }

        @Override
        public Rows first(int limit) throws SQLException {
          Connection connection = shards.getConnection();
          Statement statement = connection.createStatement();
          return rows(statement.executeQuery(FIRST + limit), connection);
        }
      };
    }
  };

  private static final String FIRST = "select v, id, name from item order by v limit ";

  private final String label;

  ShardPeer(String label) {
    this.label = label;
  }

  String label() {
    return label;
  }

  /**
   * Opens what is asked; the process ends without closing it.
   *
   * @param control database with the {@link ShardMap}
   * @param databases pools of the shards
   */
  abstract Shards open(DataSource control, List<DataSource> databases) throws SQLException;

  /** What is asked. */
  interface Shards {
    /** Reads a row by its key. */
    String name(long id) throws SQLException;

    /** Begins to read the rows of all shards with the lowest values. */
    Rows first(int limit) throws SQLException;
  }

  /** Rows in order, which hold connections until they are closed. */
  interface Rows extends AutoCloseable {
    boolean next() throws SQLException;

    long value() throws SQLException;

    @Override
    void close() throws SQLException;
  }

  private static String readName(Connection connection, long id) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("select name from account where id = ?")) {
      statement.setLong(1, id);
      try (ResultSet row = statement.executeQuery()) {
        if (!row.next()) {
          throw new IllegalStateException("there is no account " + id);
        }
        return row.getString(1);
      }
    }
  }

  private static Rows rows(ResultSet rows, Connection connection) {
    return new Rows() {
      @Override
      public boolean next() throws SQLException {
        return rows.next();
      }

      @Override
      public long value() throws SQLException {
        return rows.getLong(1);
      }

      @Override
      public void close() throws SQLException {
        connection.close();
      }
    };
  }
}
