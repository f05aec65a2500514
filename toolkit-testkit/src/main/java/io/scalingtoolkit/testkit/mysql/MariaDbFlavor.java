// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.mysql;

import io.scalingtoolkit.testkit.EngineException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.mariadb.jdbc.MariaDbDataSource;

/** MariaDB, from 10.5 on. Immutable. */
final class MariaDbFlavor implements Flavor {
  static final MariaDbFlavor INSTANCE = new MariaDbFlavor();

  /** The parts of the system tables; Debian's 10.11 names them {@code mysql_…}. */
  private static final List<String> PARTS =
      List.of("system_tables.sql", "performance_tables.sql", "system_tables_data.sql");

  private MariaDbFlavor() {}

  @Override
  public String product() {
    return "MariaDB";
  }

  @Override
  public String word() {
    return "mariadb";
  }

  @Override
  public ServerProgram program() {
    return MariaDbPrograms.choose();
  }

  /** Writes what {@code mariadb-install-db} would feed to the server, which is not needed so. */
  @Override
  public List<String> initCommand(
      ServerProgram program, Path data, Path work, List<String> statements) {
    Path input = work.resolve("bootstrap.sql");
    try {
      Files.createDirectories(data.resolve("mysql"));
      StringBuilder sql = new StringBuilder("USE mysql;\n");
      for (String part : PARTS) {
        sql.append(Files.readString(systemTables(program, part))).append('\n');
      }
      statements.forEach(statement -> sql.append(statement).append(";\n"));
      Files.writeString(input, sql);
    } catch (IOException e) {
      throw new EngineException("cannot write the statements for a new MariaDB directory", e);
    }
    return List.of(
        "/bin/sh",
        "-c",
        "input=$1; shift; exec \"$@\" < \"$input\"",
        "sh",
        input.toString(),
        program.file().toString(),
        "--no-defaults",
        "--bootstrap",
        "--datadir=" + data,
        "--skip-ssl");
  }

  private static Path systemTables(ServerProgram program, String part) {
    for (String prefix : List.of("mariadb_", "mysql_")) {
      Path file = program.share().resolve(prefix + part);
      if (Files.isReadable(file)) {
        return file;
      }
    }
    throw new EngineException(
        "the directory "
            + program.share()
            + " must have mariadb_"
            + part
            + " or mysql_"
            + part
            + " to make a data directory; it has neither");
  }

  @Override
  public List<String> userStatements(Access access) {
    return List.of(
        // The system tables come with root@localhost and root@127.0.0.1, who would win over root@%.
        "DELETE FROM mysql.global_priv WHERE User <> 'mariadb.sys'",
        "FLUSH PRIVILEGES",
        "CREATE USER root@'%' IDENTIFIED BY '" + access.root().password() + "'",
        "CREATE USER app@'%' IDENTIFIED BY '" + access.app().password() + "'",
        "GRANT BINLOG MONITOR, SLAVE MONITOR ON *.* TO app@'%'");
  }

  @Override
  public List<String> storageOptions() {
    return List.of("--innodb-log-file-size=48M");
  }

  @Override
  public List<String> serverOptions() {
    return List.of("--gtid-strict-mode", "--key-buffer-size=1M", "--aria-pagecache-buffer-size=8M");
  }

  @Override
  public String readOnlyOption() {
    return "--read-only";
  }

  @Override
  public String acceptWrites() {
    return "SET GLOBAL read_only = 0";
  }

  @Override
  public String jdbcUrl(int port, String database) {
    // Driver 4 wants TLS unless told otherwise; 3.5 knows the option too.
    return "jdbc:mariadb://127.0.0.1:" + port + "/" + database + "?sslMode=disable";
  }

  @Override
  public DataSource dataSource(String url, Access.Credentials credentials) {
    try {
      MariaDbDataSource dataSource = new MariaDbDataSource(url);
      dataSource.setUser(credentials.user());
      dataSource.setPassword(credentials.password());
      return dataSource;
    } catch (SQLException e) {
      throw new EngineException("the MariaDB driver refuses " + url, e);
    }
  }

  @Override
  public String driverClass() {
    return "org.mariadb.jdbc.MariaDbDataSource";
  }

  @Override
  public String driverArtifact() {
    return "org.mariadb.jdbc:mariadb-java-client";
  }

  @Override
  public List<String> attach(int primaryPort, long delaySeconds, Access.Credentials root) {
    return List.of(
        // With --log-slave-updates the binary log knows all; gtid_slave_pos of an old primary or of
        // a copied data directory does not.
        "SET GLOBAL gtid_slave_pos = @@global.gtid_binlog_pos",
        "CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT="
            + primaryPort
            + ", MASTER_USER='root', MASTER_PASSWORD='"
            + root.password()
            + "', MASTER_USE_GTID=slave_pos,"
            // 11.4 wants TLS here by default, which --skip-ssl has taken from the primary.
            + " MASTER_SSL=0, MASTER_SSL_VERIFY_SERVER_CERT=0, MASTER_CONNECT_RETRY=1,"
            + " MASTER_DELAY="
            + delaySeconds);
  }

  @Override
  public List<String> changeDelay(long seconds, List<String> startApplying) {
    List<String> statements = new ArrayList<>();
    statements.add("STOP SLAVE");
    statements.add("CHANGE MASTER TO MASTER_DELAY=" + seconds);
    statements.add("START SLAVE IO_THREAD");
    statements.addAll(startApplying);
    return statements;
  }

  @Override
  public boolean cutsDelay() {
    return false; // it drops the relay log when both threads stop, as a new delay needs
  }

  @Override
  public List<String> drain() {
    return List.of("START SLAVE SQL_THREAD", "STOP SLAVE IO_THREAD");
  }

  @Override
  public String position(Connection connection) throws SQLException {
    return Sql.text(connection, "SELECT @@global.gtid_binlog_pos");
  }

  @Override
  public String history(Connection connection) throws SQLException {
    return Sql.text(connection, "SELECT @@global.gtid_binlog_state");
  }

  @Override
  public boolean covers(Connection connection, String history) throws SQLException {
    return MariaDbHistory.parse(history(connection)).covers(MariaDbHistory.parse(history));
  }

  @Override
  public boolean hasApplied(Connection replica, String position) throws SQLException {
    return position.isEmpty()
        || Sql.text(replica, "SELECT MASTER_GTID_WAIT(?, 0)", position).equals("0");
  }

  @Override
  public String receivedColumn() {
    return "Gtid_IO_Pos";
  }
}
