// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.sql;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.scalingtoolkit.sample.platform.ops.DataFolder;
import javax.sql.DataSource;
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
    HikariConfig pool = pool("writer", folder, settings, SQLiteConfig.TransactionMode.IMMEDIATE);
    pool.setMaximumPoolSize(1);
    return new HikariDataSource(pool);
  }

  @Bean(defaultCandidate = false)
  HikariDataSource readerPool(DataFolder folder, DatabaseSettings settings) {
    HikariConfig pool = pool("reader", folder, settings, SQLiteConfig.TransactionMode.DEFERRED);
    pool.setMaximumPoolSize(settings.readers());
    pool.setMinimumIdle(1);
    pool.setConnectionInitSql("PRAGMA query_only = ON");
    pool.setInitializationFailTimeout(-1);
    return new HikariDataSource(pool);
  }

  @Bean
  @Primary
  DataSource dataSource(
      @Qualifier("writerPool") HikariDataSource writer,
      @Qualifier("readerPool") HikariDataSource reader) {
    LazyConnectionDataSourceProxy proxy = new LazyConnectionDataSourceProxy();
    proxy.setTargetDataSource(writer);
    proxy.setReadOnlyDataSource(reader);
    proxy.setDefaultAutoCommit(true);
    proxy.setDefaultTransactionIsolation(java.sql.Connection.TRANSACTION_SERIALIZABLE);
    return proxy;
  }

  @Bean
  SQLExceptionTranslator sqlExceptionTranslator() {
    return new SqliteErrors();
  }

  @Bean
  JdbcTransactionManager transactionManager(DataSource dataSource) {
    return new SqliteTransactionManager(dataSource);
  }

  private static HikariConfig pool(
      String name,
      DataFolder folder,
      DatabaseSettings settings,
      SQLiteConfig.TransactionMode mode) {
    SQLiteConfig sqlite = new SQLiteConfig();
    sqlite.setJournalMode(SQLiteConfig.JournalMode.WAL);
    sqlite.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
    sqlite.setBusyTimeout(Math.toIntExact(settings.patience().toMillis()));
    sqlite.enforceForeignKeys(true);
    sqlite.setTransactionMode(mode);
    SQLiteDataSource source = new SQLiteDataSource(sqlite);
    source.setUrl("jdbc:sqlite:" + folder.database());

    HikariConfig pool = new HikariConfig();
    pool.setPoolName(name);
    pool.setDataSource(source);
    pool.setConnectionTimeout(settings.patience().toMillis());
    return pool;
  }
}
