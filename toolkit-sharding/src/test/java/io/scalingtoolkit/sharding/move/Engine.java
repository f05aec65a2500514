// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.scalingtoolkit.testkit.mysql.GtidCluster;
import io.scalingtoolkit.testkit.mysql.MariaDbCluster;
import io.scalingtoolkit.testkit.mysql.MySqlCluster;
import io.scalingtoolkit.testkit.postgres.PostgresCluster;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.sqlite.SQLiteConfig;

/** Databases of one product for a test, each with a pool of its own. */
public interface Engine extends AutoCloseable {
  /** A pool over a new, empty database. */
  HikariDataSource database();

  /** The address of the database of a pool that this engine made. */
  default String url(HikariDataSource pool) {
    return pool.getJdbcUrl();
  }

  @Override
  void close();

  static Engine of(String product) {
    Optional<String> missing = unavailable(product);
    assumeTrue(missing.isEmpty(), missing::get);
    return switch (product) {
      case "postgres" -> new Postgres(PostgresCluster.single());
      case "mariadb" -> new Gtid(MariaDbCluster.single());
      case "mysql" -> new Gtid(MySqlCluster.single());
      case "sqlite" -> new Sqlite();
      default -> throw new IllegalArgumentException(product);
    };
  }

  private static Optional<String> unavailable(String product) {
    return switch (product) {
      case "mariadb" -> MariaDbCluster.unavailable();
      case "mysql" -> MySqlCluster.unavailable();
      default -> Optional.empty();
    };
  }

  private static HikariDataSource pool(String url, int size) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setMaximumPoolSize(size);
    config.setMinimumIdle(0);
    return new HikariDataSource(config);
  }

  /** PostgreSQL. */
  record Postgres(PostgresCluster cluster, List<HikariDataSource> pools) implements Engine {
    Postgres(PostgresCluster cluster) {
      this(cluster, new ArrayList<>());
    }

    @Override
    public HikariDataSource database() {
      String name = cluster.createDatabase();
      HikariDataSource pool = pool(cluster.primary().jdbcUrl(name), 12);
      pools.add(pool);
      return pool;
    }

    @Override
    public void close() {
      pools.forEach(HikariDataSource::close);
      cluster.close();
    }
  }

  /** MariaDB and MySQL. */
  record Gtid(GtidCluster cluster, List<HikariDataSource> pools) implements Engine {
    Gtid(GtidCluster cluster) {
      this(cluster, new ArrayList<>());
    }

    @Override
    public HikariDataSource database() {
      String name = cluster.createDatabase();
      HikariDataSource pool = pool(cluster.primary().jdbcUrl(name), 12);
      pools.add(pool);
      return pool;
    }

    @Override
    public void close() {
      pools.forEach(HikariDataSource::close);
      cluster.close();
    }
  }

  /** SQLite, a file each. */
  final class Sqlite implements Engine {
    private final List<HikariDataSource> pools = new ArrayList<>();
    private final List<Path> files = new ArrayList<>();

    @Override
    public HikariDataSource database() {
      try {
        Path file = Files.createTempFile("shard", ".db");
        files.add(file);
        SQLiteConfig config = new SQLiteConfig();
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.NORMAL);
        config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
        config.setBusyTimeout(10_000);
        config.enforceForeignKeys(true);
        HikariConfig pool = new HikariConfig();
        pool.setJdbcUrl("jdbc:sqlite:" + file);
        pool.setDataSourceProperties(config.toProperties());
        pool.setMaximumPoolSize(8);
        HikariDataSource source = new HikariDataSource(pool);
        pools.add(source);
        return source;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void close() {
      pools.forEach(HikariDataSource::close);
      for (Path file : files) {
        for (String suffix : List.of("", "-wal", "-shm")) {
          file.resolveSibling(file.getFileName() + suffix).toFile().delete();
        }
      }
    }
  }
}
