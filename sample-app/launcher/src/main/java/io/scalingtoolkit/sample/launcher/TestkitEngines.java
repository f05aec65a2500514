// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import io.scalingtoolkit.testkit.EngineCluster;
import io.scalingtoolkit.testkit.EngineException;
import io.scalingtoolkit.testkit.mysql.GtidCluster;
import io.scalingtoolkit.testkit.mysql.GtidNode;
import io.scalingtoolkit.testkit.mysql.MariaDbCluster;
import io.scalingtoolkit.testkit.mysql.MySqlCluster;
import io.scalingtoolkit.testkit.postgres.PostgresCluster;
import io.scalingtoolkit.testkit.postgres.PostgresNode;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;

/**
 * Servers of the testkit with durable data. The application gets a user of its own, who owns its
 * database and nothing else, with a new password at each start. Only this class, which is loaded
 * when a server is wanted, knows the testkit. Thread-safe.
 */
final class TestkitEngines implements Engines {

  private static final String NAME = "app";

  private final Database database;
  private final EngineCluster cluster;
  private final Path directory;
  private final List<Integer> ports;
  private final String version;
  private final String password;
  private final long memoryMib;

  private TestkitEngines(Open open) throws SQLException {
    this.database = open.plan().database();
    this.cluster = open.cluster();
    this.directory = open.plan().directory();
    this.ports = List.copyOf(open.ports());
    this.password = open.plan().password();
    try (Connection connection = open.admin().getConnection()) {
      this.version = connection.getMetaData().getDatabaseProductVersion();
      admit(connection);
    }
    this.memoryMib = Memory.ofProcessesOn(directory);
  }

  /**
   * What to start.
   *
   * @param replicas servers that follow the one that takes writes
   * @param directory where their data are or shall be
   * @param password what the application's user gets; the same in all servers of one application
   */
  record Plan(Database database, int replicas, Path directory, String password) {}

  /**
   * Starts a primary and its replicas on the data in a directory.
   *
   * @param log file for what the testkit reports
   * @throws UserError when the database cannot run on this machine, or does not start
   */
  static Engines start(Plan plan, Path log) {
    Database database = plan.database();
    System.setProperty("org.slf4j.simpleLogger.logFile", log.toString());
    System.setProperty("org.slf4j.simpleLogger.showDateTime", "true");
    unavailable(database)
        .ifPresent(
            reason -> {
              throw new UserError(reason);
            });
    try {
      return database == Database.POSTGRES ? postgres(plan) : gtid(plan);
    } catch (EngineException | SQLException e) {
      throw new UserError(
          database.product() + " does not start: " + UserError.reason(e) + " (log: " + log + ")",
          e);
    }
  }

  @Override
  public Map<String, String> environment() {
    Map<String, String> variables = new LinkedHashMap<>();
    variables.put("APP_DATABASE_KIND", database.word());
    variables.put("APP_DATABASE_USERNAME", NAME);
    variables.put("APP_DATABASE_PASSWORD", password);
    if (ports.size() == 1) {
      variables.put("APP_DATABASE_URL", url(ports.get(0)));
      return variables;
    }
    variables.put("APP_DATABASE_PRIMARY_URL", url(ports.get(0)));
    for (int i = 1; i < ports.size(); i++) {
      variables.put("APP_DATABASE_REPLICAS_" + (i - 1) + "_URL", url(ports.get(i)));
    }
    return variables;
  }

  @Override
  public List<String> report() {
    List<String> lines = new ArrayList<>();
    String replicas =
        ports.size() == 1 ? "" : ", replicas on " + ports.subList(1, ports.size()).toString();
    lines.add(
        "engine  %s %s on 127.0.0.1:%d%s, %d MiB"
            .formatted(database.product(), version, ports.get(0), replicas, memoryMib));
    lines.add("        its data and logs in " + directory);
    return lines;
  }

  @Override
  public void close() {
    cluster.close();
  }

  private static Optional<String> unavailable(Database database) {
    return switch (database) {
      case MARIADB -> MariaDbCluster.unavailable();
      case MYSQL -> MySqlCluster.unavailable();
      case SQLITE, POSTGRES -> Optional.empty();
    };
  }

  private static Engines postgres(Plan plan) throws SQLException {
    PostgresCluster cluster =
        PostgresCluster.builder().replicas(plan.replicas()).durable(plan.directory()).start();
    List<Integer> ports = new ArrayList<>(List.of(cluster.primary().port()));
    cluster.replicas().stream().map(PostgresNode::port).forEach(ports::add);
    return opened(
        new Open(plan, cluster, ports, cluster.primary().dataSource(), cluster::awaitCaughtUp));
  }

  private static Engines gtid(Plan plan) throws SQLException {
    GtidCluster cluster =
        plan.database() == Database.MYSQL
            ? MySqlCluster.builder().replicas(plan.replicas()).durable(plan.directory()).start()
            : MariaDbCluster.builder().replicas(plan.replicas()).durable(plan.directory()).start();
    List<Integer> ports = new ArrayList<>(List.of(cluster.primary().port()));
    cluster.replicas().stream().map(GtidNode::port).forEach(ports::add);
    return opened(
        new Open(
            plan, cluster, ports, cluster.primary().adminDataSource(), cluster::awaitCaughtUp));
  }

  /** Servers that run, before the application may use them. */
  private record Open(
      Plan plan,
      EngineCluster cluster,
      List<Integer> ports,
      DataSource admin,
      Runnable awaitCaughtUp) {}

  private static Engines opened(Open open) throws SQLException {
    try {
      Engines engines = new TestkitEngines(open);
      // Before the replicas have its database and its password, the application is refused there.
      open.awaitCaughtUp().run();
      return engines;
    } catch (SQLException | RuntimeException e) {
      open.cluster().close();
      throw e;
    }
  }

  /** Gives the application's user a new password; makes user and database at the first start. */
  private void admit(Connection admin) throws SQLException {
    try (Statement statement = admin.createStatement()) {
      switch (database) {
        case POSTGRES -> {
          boolean known = exists(statement, "SELECT 1 FROM pg_roles WHERE rolname = 'app'");
          statement.execute(
              (known ? "ALTER" : "CREATE") + " ROLE app LOGIN PASSWORD '" + password + "'");
          if (!exists(statement, "SELECT 1 FROM pg_database WHERE datname = 'app'")) {
            statement.execute("CREATE DATABASE app OWNER app TEMPLATE template0");
          }
        }
        case MARIADB -> statement.execute("ALTER USER app@'%' IDENTIFIED BY '" + password + "'");
        case MYSQL ->
            statement.execute(
                "ALTER USER app@'%' IDENTIFIED WITH mysql_native_password BY '" + password + "'");
        case SQLITE -> throw new IllegalStateException("SQLite has no users");
      }
    }
  }

  private static boolean exists(Statement statement, String query) throws SQLException {
    try (ResultSet row = statement.executeQuery(query)) {
      return row.next();
    }
  }

  private String url(int port) {
    return switch (database) {
      case POSTGRES -> "jdbc:postgresql://127.0.0.1:" + port + "/" + NAME + "?sslmode=disable";
      case MARIADB -> "jdbc:mariadb://127.0.0.1:" + port + "/" + NAME + "?sslMode=disable";
      case MYSQL ->
          "jdbc:mysql://127.0.0.1:"
              + port
              + "/"
              + NAME
              + "?sslMode=DISABLED&allowPublicKeyRetrieval=true";
      case SQLITE -> throw new IllegalStateException("SQLite has no address");
    };
  }
}
