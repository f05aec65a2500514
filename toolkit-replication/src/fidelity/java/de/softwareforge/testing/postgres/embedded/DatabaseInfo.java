// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package de.softwareforge.testing.postgres.embedded;

import com.google.common.collect.ImmutableMap;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.scalingtoolkit.replication.ReplicationDataSource;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import javax.sql.DataSource;

/**
 * Stands in front of the class of the same name, to give the suite a pool ({@code -Dfidelity=pool})
 * or our data source over the same pool ({@code -Dfidelity=toolkit}).
 */
public abstract class DatabaseInfo {
  static final String PG_DEFAULT_USER = "postgres";
  static final String PG_DEFAULT_DB = "postgres";
  private static final Deque<AutoCloseable> OPEN = new ArrayDeque<>();
  // A test may use more than one database, and the suite never closes what it was given.
  private static final int KEPT_OPEN = 12;

  private DataSource source;

  public abstract String dbName();

  public abstract int port();

  public abstract String user();

  public abstract ImmutableMap<String, String> connectionProperties();

  abstract Optional<SQLException> exception();

  static Builder builder() {
    return new AutoValue_DatabaseInfo.Builder().dbName(PG_DEFAULT_DB).user(PG_DEFAULT_USER);
  }

  static DatabaseInfo forException(SQLException e) {
    return builder().exception(e).port(-1).build();
  }

  public String asJdbcUrl() {
    return "jdbc:postgresql://localhost:" + port() + "/" + dbName() + "?user=" + user();
  }

  public synchronized DataSource asDataSource() throws SQLException {
    if (exception().isPresent()) {
      throw exception().get();
    }
    if (source == null) {
      source =
          dbName().equals(PG_DEFAULT_DB)
              ? EmbeddedPostgres.createDataSource(user(), dbName(), port(), connectionProperties())
              : pooled();
    }
    return source;
  }

  private DataSource pooled() {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(asJdbcUrl());
    config.setMaximumPoolSize(8);
    config.setMinimumIdle(0);
    HikariDataSource pool = new HikariDataSource(config);
    synchronized (OPEN) {
      OPEN.add(pool);
      if (System.getProperty("fidelity").equals("pool")) {
        shrink();
        return pool;
      }
      ReplicationDataSource ours =
          ReplicationDataSource.builder(pool)
              .probeInterval(Duration.ofMillis(200))
              .deadAfter(Duration.ofSeconds(30))
              .build();
      OPEN.add(ours);
      shrink();
      return ours;
    }
  }

  private static void shrink() {
    while (OPEN.size() > KEPT_OPEN) {
      try {
        OPEN.remove().close();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }

  abstract static class Builder {
    abstract Builder dbName(String name);

    abstract Builder port(int port);

    abstract Builder user(String user);

    abstract Builder exception(SQLException e);

    abstract ImmutableMap.Builder<String, String> connectionPropertiesBuilder();

    final Builder addConnectionProperty(String name, String value) {
      connectionPropertiesBuilder().put(name, value);
      return this;
    }

    abstract Builder connectionProperties(ImmutableMap<String, String> properties);

    abstract DatabaseInfo build();
  }
}
