// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.sql;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.MeterRegistry;
import io.scalingtoolkit.sample.platform.ops.DataFolder;
import java.nio.file.Path;
import java.time.Duration;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.flyway.autoconfigure.FlywayDataSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.jdbc.datasource.LazyConnectionDataSourceProxy;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.jdbc.support.SQLExceptionTranslator;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/**
 * SQLite behind two pools: one connection that writes and several that only read, chosen by whether
 * the transaction is read-only. SQLite has one writer at a time; with a pool of one the wait for it
 * is a fair queue in Hikari and not a retry loop in the database, and BEGIN IMMEDIATE never fails
 * half-way for having read first.
 *
 * <p>Its users can move to a server while they are served, see {@link Handover}.
 */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(DatabaseSettings.class)
@ConditionalOnProperty(
    prefix = "app.database",
    name = "kind",
    havingValue = "sqlite",
    matchIfMissing = true)
class SqliteConfiguration {

  @Bean(defaultCandidate = false)
  @FlywayDataSource
  HikariDataSource writerPool(DataFolder folder, DatabaseSettings settings) {
    HikariConfig pool = writer("writer", folder.database(), settings.patience());
    pool.setMaximumPoolSize(1);
    HikariDataSource writer = new HikariDataSource(pool);
    MovableFile.requireOwner(writer);
    return writer;
  }

  @Bean(defaultCandidate = false)
  HikariDataSource readerPool(DataFolder folder, DatabaseSettings settings) {
    HikariConfig pool =
        pool(
            "reader",
            folder.database(),
            settings.patience(),
            SQLiteConfig.TransactionMode.DEFERRED);
    pool.setMaximumPoolSize(settings.readers());
    pool.setMinimumIdle(1);
    pool.setConnectionInitSql("PRAGMA query_only = ON");
    pool.setInitializationFailTimeout(-1);
    return new HikariDataSource(pool);
  }

  @Bean
  @Primary
  FileOrServer dataSource(
      @Qualifier("writerPool") HikariDataSource writer,
      @Qualifier("readerPool") HikariDataSource reader) {
    LazyConnectionDataSourceProxy proxy = new LazyConnectionDataSourceProxy();
    proxy.setTargetDataSource(writer);
    proxy.setReadOnlyDataSource(reader);
    proxy.setDefaultAutoCommit(true);
    proxy.setDefaultTransactionIsolation(java.sql.Connection.TRANSACTION_SERIALIZABLE);
    return new FileOrServer(proxy);
  }

  @Bean
  SQLExceptionTranslator sqlExceptionTranslator(FileOrServer dataSource) {
    return new FileOrServerErrors(dataSource);
  }

  @Bean
  JdbcTransactionManager transactionManager(FileOrServer dataSource) {
    return new FileOrServerTransactionManager(dataSource);
  }

  @Bean
  Handover handover(
      FileOrServer dataSource,
      @Qualifier("writerPool") HikariDataSource writer,
      DataFolder folder,
      DatabaseSettings settings,
      MeterRegistry meters) {
    return new Handover(dataSource, writer, folder.root(), settings, meters);
  }

  /** A pool whose transactions take the write lock as they begin. */
  static HikariConfig writer(String name, Path file, Duration patience) {
    return pool(name, file, patience, SQLiteConfig.TransactionMode.IMMEDIATE);
  }

  private static HikariConfig pool(
      String name, Path file, Duration patience, SQLiteConfig.TransactionMode mode) {
    SQLiteConfig sqlite = new SQLiteConfig();
    sqlite.setJournalMode(SQLiteConfig.JournalMode.WAL);
    sqlite.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
    sqlite.setBusyTimeout(Math.toIntExact(patience.toMillis()));
    sqlite.enforceForeignKeys(true);
    sqlite.setTransactionMode(mode);
    SQLiteDataSource source = new SQLiteDataSource(sqlite);
    source.setUrl("jdbc:sqlite:" + file);

    HikariConfig pool = new HikariConfig();
    pool.setPoolName(name);
    pool.setDataSource(source);
    pool.setConnectionTimeout(patience.toMillis());
    return pool;
  }
}
