// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.mysql;

import com.mysql.cj.jdbc.MysqlDataSource;
import io.scalingtoolkit.testkit.EngineException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/** MySQL 8.0.12, which knows the words MASTER and SLAVE only. Immutable. */
final class MySqlFlavor implements Flavor {
  static final MySqlFlavor INSTANCE = new MySqlFlavor();

  private MySqlFlavor() {}

  @Override
  public String product() {
    return "MySQL";
  }

  @Override
  public String word() {
    return "mysql";
  }

  @Override
  public ServerProgram program() {
    return MySqlPrograms.unpacked();
  }

  @Override
  public List<String> initCommand(
      ServerProgram program, Path data, Path work, List<String> statements) {
    Path input = work.resolve("init.sql");
    try {
      Files.writeString(input, String.join(";\n", statements) + ";\n");
    } catch (IOException e) {
      throw new EngineException("cannot write the statements for a new MySQL directory", e);
    }
    return List.of(
        program.file().toString(),
        "--no-defaults",
        "--initialize-insecure",
        "--init-file=" + input,
        "--datadir=" + data,
        "--skip-log-bin",
        "--skip-ssl");
  }

  @Override
  public List<String> userStatements(Access access) {
    // The native plug-in lets every driver in without TLS and without asking for a key.
    return List.of(
        "DELETE FROM mysql.user WHERE User = 'root'",
        "FLUSH PRIVILEGES",
        "CREATE USER root@'%' IDENTIFIED WITH mysql_native_password BY '"
            + access.root().password()
            + "'",
        "CREATE USER app@'%' IDENTIFIED WITH mysql_native_password BY '"
            + access.app().password()
            + "'",
        "GRANT REPLICATION CLIENT ON *.* TO app@'%'");
  }

  @Override
  public List<String> storageOptions() {
    return List.of("--innodb-use-native-aio=0", "--innodb-log-file-size=24M");
  }

  @Override
  public List<String> serverOptions() {
    return List.of(
        "--gtid-mode=ON",
        "--enforce-gtid-consistency=ON",
        "--mysqlx=OFF",
        "--default-authentication-plugin=mysql_native_password",
        "--relay-log-recovery=ON");
  }

  @Override
  public String readOnlyOption() {
    return "--super-read-only";
  }

  @Override
  public String acceptWrites() {
    return "SET GLOBAL read_only = 0"; // implies super_read_only = 0
  }

  @Override
  public String jdbcUrl(int port, String database) {
    return "jdbc:mysql://127.0.0.1:"
        + port
        + "/"
        + database
        + "?sslMode=DISABLED&allowPublicKeyRetrieval=true";
  }

  @Override
  public DataSource dataSource(String url, Access.Credentials credentials) {
    MysqlDataSource dataSource = new MysqlDataSource();
    dataSource.setUrl(url);
    dataSource.setUser(credentials.user());
    dataSource.setPassword(credentials.password());
    return dataSource;
  }

  @Override
  public String driverClass() {
    return "com.mysql.cj.jdbc.MysqlDataSource";
  }

  @Override
  public String driverArtifact() {
    return "com.mysql:mysql-connector-j";
  }

  @Override
  public List<String> attach(int primaryPort, long delaySeconds, Access.Credentials root) {
    return List.of(
        "RESET SLAVE ALL",
        "CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT="
            + primaryPort
            + ", MASTER_USER='root', MASTER_PASSWORD='"
            + root.password()
            + "', MASTER_AUTO_POSITION=1,"
            + " MASTER_SSL=0, MASTER_CONNECT_RETRY=1, MASTER_DELAY="
            + delaySeconds);
  }

  @Override
  public List<String> changeDelay(long seconds, List<String> startApplying) {
    List<String> statements = new ArrayList<>();
    statements.add("STOP SLAVE SQL_THREAD");
    statements.add("CHANGE MASTER TO MASTER_DELAY=" + seconds);
    statements.addAll(startApplying);
    return statements;
  }

  @Override
  public boolean cutsDelay() {
    return true; // it keeps the relay log when only the SQL thread stops
  }

  @Override
  public List<String> drain() {
    return List.of(
        "STOP SLAVE SQL_THREAD",
        "CHANGE MASTER TO MASTER_DELAY=0",
        "START SLAVE SQL_THREAD",
        "STOP SLAVE IO_THREAD");
  }

  @Override
  public String position(Connection connection) throws SQLException {
    return Sql.text(connection, "SELECT @@global.gtid_executed").replace("\n", "");
  }

  @Override
  public String history(Connection connection) throws SQLException {
    return position(connection);
  }

  @Override
  public boolean covers(Connection connection, String history) throws SQLException {
    return Sql.text(connection, "SELECT GTID_SUBSET(?, @@global.gtid_executed)", history)
        .equals("1");
  }

  @Override
  public boolean hasApplied(Connection replica, String position) throws SQLException {
    return covers(replica, position);
  }

  @Override
  public String receivedColumn() {
    return "Retrieved_Gtid_Set";
  }
}
