// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.sql;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.MeterRegistry;
import io.scalingtoolkit.replication.ReplicationDataSource;
import io.scalingtoolkit.replication.ReplicationDataSourceBuilder;
import io.scalingtoolkit.replication.ReplicationException;
import io.scalingtoolkit.sample.platform.ops.StartRefusedException;
import java.sql.Connection;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.sql.DataSource;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.NoneNestedConditions;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.flyway.autoconfigure.FlywayDataSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.jdbc.datasource.LazyConnectionDataSourceProxy;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.jdbc.support.SQLExceptionTranslator;

/**
 * A database server behind two pools: one that writes, and one whose connections only read, chosen
 * by whether the transaction is read-only.
 *
 * <p>Writing transactions are READ COMMITTED: each statement sees what others have committed, so a
 * guarded update that lost a race can be tried again in the same transaction, and InnoDB takes no
 * gap locks. Reading transactions are REPEATABLE READ: all of one is on one snapshot. Both are set
 * when a connection is opened, which costs nothing later.
 */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(DatabaseSettings.class)
@Conditional(ServerConfiguration.HasServer.class)
class ServerConfiguration {

  private static final int IDLE = 2;
  private static final String REPLICA = "app.database.replicas[0].url";
  static final String SHARD = "app.database.shards[0].name";
  static final String SNAPSHOT = "TRANSACTION_REPEATABLE_READ";
  private static final String SOURCE = "app";

  @Bean
  DatabaseServer databaseServer(DatabaseSettings settings) {
    DatabaseServer server = DatabaseServer.of(settings);
    server.requireUsable();
    return server;
  }

  @Bean(defaultCandidate = false)
  @FlywayDataSource
  @ConditionalOnProperty(name = SHARD, matchIfMissing = true, havingValue = "none")
  HikariDataSource writerPool(DatabaseServer server, DatabaseSettings settings) {
    return writer("writer", server, settings.writerUrl(), settings);
  }

  static HikariDataSource writer(
      String name, DatabaseServer server, String url, DatabaseSettings settings) {
    HikariConfig pool = pool(name, server.unpooled(url), settings);
    pool.setTransactionIsolation("TRANSACTION_READ_COMMITTED");
    pool.setConnectionInitSql(server.sessionSettings(false));
    return new HikariDataSource(pool);
  }

  /** A pool of a replica; the same as for writing, as any of them may be promoted. */
  static HikariDataSource replica(
      String name, DatabaseServer server, String url, DatabaseSettings settings) {
    HikariConfig pool = pool(name, server.unpooled(url), settings);
    pool.setTransactionIsolation(SNAPSHOT);
    pool.setConnectionInitSql(server.sessionSettings(false));
    return new HikariDataSource(pool);
  }

  /** One server: a pool of its own for reading keeps its connections read-only. */
  @Configuration(proxyBeanMethods = false)
  @Conditional(HasServer.class) // the scan finds nested classes by themselves
  @ConditionalOnProperty(name = REPLICA, matchIfMissing = true, havingValue = "none")
  @ConditionalOnProperty(name = SHARD, matchIfMissing = true, havingValue = "none")
  static class SingleServer {

    @Bean(defaultCandidate = false)
    HikariDataSource readerPool(DatabaseServer server, DatabaseSettings settings) {
      HikariConfig pool = pool("reader", server.unpooled(), settings);
      pool.setReadOnly(true);
      pool.setTransactionIsolation(SNAPSHOT);
      pool.setConnectionInitSql(server.sessionSettings(true));
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
      proxy.setDefaultTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
      return proxy;
    }

    @Bean
    JdbcTransactionManager transactionManager(DataSource dataSource) {
      return new ServerTransactionManager(dataSource);
    }
  }

  /** A primary and its replicas: reading transactions go to a replica that has what they need. */
  @Configuration(proxyBeanMethods = false)
  @Conditional(HasServer.class)
  @ConditionalOnProperty(REPLICA)
  static class Replicated {

    @Bean
    ReplicaPools replicaPools(DatabaseServer server, DatabaseSettings settings) {
      Map<String, HikariDataSource> pools = new LinkedHashMap<>();
      for (DatabaseSettings.Node replica : settings.replicas()) {
        String name = "replica" + (pools.size() + 1);
        pools.put(name, replica(name, server, replica.url(), settings));
      }
      return new ReplicaPools(pools);
    }

    @Bean
    @Primary
    ReplicationDataSource dataSource(
        @Qualifier("writerPool") HikariDataSource writer,
        ReplicaPools replicas,
        MeterRegistry meters) {
      try {
        ReplicationDataSourceBuilder builder =
            ReplicationDataSource.builder(writer).name(SOURCE).meterRegistry(meters);
        replicas.pools().forEach(builder::replica);
        return builder.build();
      } catch (ReplicationException e) {
        throw new StartRefusedException("app.database.replicas: " + e.getMessage(), e);
      }
    }

    @Bean
    JdbcTransactionManager transactionManager(DataSource dataSource) {
      return new ReplicatedTransactionManager(dataSource);
    }
  }

  @Bean
  SQLExceptionTranslator sqlExceptionTranslator() {
    return new ServerErrors();
  }

  static HikariConfig pool(String name, DataSource server, DatabaseSettings settings) {
    HikariConfig pool = new HikariConfig();
    pool.setPoolName(name);
    pool.setDataSource(server);
    pool.setMaximumPoolSize(settings.poolSize());
    pool.setMinimumIdle(Math.min(IDLE, settings.poolSize()));
    pool.setConnectionTimeout(Math.max(250, settings.patience().toMillis()));
    pool.setValidationTimeout(Math.max(250, settings.patience().toMillis()));
    pool.setInitializationFailTimeout(-1);
    return pool;
  }

  /** Matches every kind but SQLite. */
  static final class HasServer extends NoneNestedConditions {

    HasServer() {
      super(ConfigurationPhase.REGISTER_BEAN);
    }

    /** Matches SQLite. */
    @ConditionalOnProperty(
        prefix = "app.database",
        name = "kind",
        havingValue = "sqlite",
        matchIfMissing = true)
    static final class Sqlite {}
  }
}
