// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.replication;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.scalingtoolkit.core.consistency.ConsistencyScope;
import io.scalingtoolkit.replication.ReplicationDataSource;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import javax.sql.DataSource;
import org.apache.shardingsphere.driver.api.ShardingSphereDataSourceFactory;
import org.apache.shardingsphere.infra.algorithm.core.config.AlgorithmConfiguration;
import org.apache.shardingsphere.readwritesplitting.config.ReadwriteSplittingRuleConfiguration;
import org.apache.shardingsphere.readwritesplitting.config.rule.ReadwriteSplittingDataSourceGroupRuleConfiguration;
import org.apache.shardingsphere.single.config.SingleRuleConfiguration;
import org.springframework.jdbc.datasource.LazyConnectionDataSourceProxy;

/** The DataSources that are compared, each over HikariCP and {@link StubDriver}. */
public enum Peer {
  /** HikariCP to the primary, which every other row is compared with. */
  HIKARI("hikari") {
    @Override
    DataSource open() {
      return pool("primary");
    }
  },

  /** Spring: connects when the first statement is made, to the replica if read-only by then. */
  SPRING_LAZY("springLazy") {
    @Override
    DataSource open() {
      LazyConnectionDataSourceProxy lazy = new LazyConnectionDataSourceProxy(pool("primary"));
      lazy.setReadOnlyDataSource(pool("replica"));
      return lazy;
    }
  },

  /** ShardingSphere with its read/write splitting rule, which looks at each statement. */
  SHARDING_SPHERE("shardingSphere") {
    @Override
    DataSource open() throws SQLException {
      var group =
          new ReadwriteSplittingDataSourceGroupRuleConfiguration(
              "group", "primary", List.of("replica"), "random");
      return ShardingSphereDataSourceFactory.createDataSource(
          Map.of("primary", pool("primary"), "replica", pool("replica")),
          List.of(
              new ReadwriteSplittingRuleConfiguration(
                  List.of(group),
                  Map.of("random", new AlgorithmConfiguration("RANDOM", new Properties()))),
              new SingleRuleConfiguration(List.of("*.*.*"), null)),
          new Properties());
    }
  },

  /** The AWS wrapper with its simple read/write splitting plugin, which looks at setReadOnly. */
  AWS_WRAPPER("awsWrapper") {
    @Override
    DataSource open() throws SQLException {
      // The wrapper looks for its target there and takes the first driver that accepts the URL.
      for (Driver other : DriverManager.drivers().toList()) {
        if (other.acceptsURL(StubDriver.url("primary"))) {
          DriverManager.deregisterDriver(other);
        }
      }
      DriverManager.registerDriver(new StubDriver());
      HikariConfig config = config(StubDriver.url("primary"));
      config.setJdbcUrl(config.getJdbcUrl().replace("jdbc:", "jdbc:aws-wrapper:"));
      config.setDriverClassName("software.amazon.jdbc.Driver");
      config.addDataSourceProperty("wrapperPlugins", "srw");
      config.addDataSourceProperty("srwWriteEndpoint", "primary.stub");
      config.addDataSourceProperty("srwReadEndpoint", "replica.stub");
      config.addDataSourceProperty("verifyNewSrwConnections", "false");
      return new HikariDataSource(config);
    }
  },

  /** Ours; the text of the statement decides, and each connection is a session of its own. */
  REPLICATION("replication") {
    @Override
    DataSource open() {
      return ReplicationDataSource.builder(pool("primary"))
          .replica("r1", pool("replica"))
          .replica("r2", pool("replica"))
          .build();
    }
  },

  /** Ours inside the scope of a session, which remembers what it reads. */
  REPLICATION_SCOPED("replicationScoped") {
    @Override
    DataSource open() throws SQLException {
      return REPLICATION.open();
    }

    @Override
    AutoCloseable session() {
      return ConsistencyScope.open();
    }
  };

  private final String label;

  Peer(String label) {
    this.label = label;
  }

  /** The name in the tables. */
  public String label() {
    return label;
  }

  /** The labels by name. */
  public static Map<String, String> labels() {
    Map<String, String> labels = new LinkedHashMap<>();
    for (Peer peer : values()) {
      labels.put(peer.name(), peer.label);
    }
    return labels;
  }

  /** A DataSource that is ready; the process ends without closing it. */
  abstract DataSource open() throws SQLException;

  /** Opens what stays open around the operations of a thread. */
  AutoCloseable session() {
    return () -> {};
  }

  static HikariDataSource pool(String name) {
    return new HikariDataSource(config(StubDriver.url(name)));
  }

  private static HikariConfig config(String url) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setDriverClassName(StubDriver.class.getName());
    config.setUsername("bench");
    config.setPassword("bench");
    config.setMaximumPoolSize(4);
    return config;
  }
}
