// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.sql;

import io.scalingtoolkit.sample.platform.ops.StartRefusedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.datasource.SimpleDriverDataSource;

/**
 * How to reach a database server, with what only its vendor knows: driver, options, words for
 * sessions. Immutable.
 *
 * @param kind the engine, not SQLite
 * @param url JDBC address
 * @param options options of the driver, user and password among them
 * @param patience how long a statement waits for a lock
 */
record DatabaseServer(
    DatabaseSettings.Kind kind, String url, Properties options, Duration patience) {

  /** A server that hangs fails a statement after this time, so that no request waits for ever. */
  private static final Duration LONGEST_ANSWER = Duration.ofSeconds(30);

  private static final int UNKNOWN_DATABASE = 1049;

  static DatabaseServer of(DatabaseSettings settings) {
    return new DatabaseServer(
        settings.kind(), settings.writerUrl(), options(settings), settings.patience());
  }

  /** Opens a connection for each that is asked for. */
  DataSource unpooled() {
    return unpooled(url);
  }

  /** Opens connections to another server of the same kind, with the same user and options. */
  DataSource unpooled(String other) {
    return new SimpleDriverDataSource(driver(), other, options);
  }

  /**
   * The statement that prepares a new connection: a lock that another transaction holds is waited
   * for no longer than a request has patience. InnoDB counts whole seconds.
   */
  String sessionSettings(boolean readOnly) {
    long seconds = Math.max(1, patience.toSeconds());
    return switch (kind) {
      case POSTGRES -> "SET lock_timeout = " + patience.toMillis();
      case MYSQL -> "SET SESSION innodb_lock_wait_timeout = " + seconds;
      // The driver's setReadOnly does not reach the server.
      case MARIADB ->
          "SET SESSION innodb_lock_wait_timeout = "
              + seconds
              + ", SESSION tx_read_only = "
              + (readOnly ? 1 : 0);
      case SQLITE -> throw new IllegalStateException("SQLite is no server");
    };
  }

  /**
   * Connects once.
   *
   * @throws StartRefusedException with one line that says why the server cannot be used
   */
  void requireUsable() {
    try (Connection connection = unpooled().getConnection()) {
      String version =
          connection.getMetaData().getDatabaseProductName()
              + " "
              + connection.getMetaData().getDatabaseProductVersion();
      boolean maria = version.contains("MariaDB");
      if (maria != (kind == DatabaseSettings.Kind.MARIADB) || !version.contains(kind.product())) {
        throw new StartRefusedException(
            "the database %s (app.database.url) must be %s as app.database.kind says, but is %s"
                .formatted(DatabaseSettings.withoutOptions(url), kind.product(), version));
      }
    } catch (SQLException e) {
      throw new StartRefusedException(
          "the database %s (app.database.url) cannot be used: %s: %s"
              .formatted(DatabaseSettings.withoutOptions(url), reason(e), firstLine(e)),
          e);
    }
  }

  private static String reason(SQLException failure) {
    String state = String.valueOf(failure.getSQLState());
    if (state.startsWith("28")) {
      return "it does not accept user and password (app.database.username)";
    }
    if (state.equals("3D000") || failure.getErrorCode() == UNKNOWN_DATABASE) {
      return "it does not exist";
    }
    return state.startsWith("08") ? "it cannot be reached" : "it refuses";
  }

  private static String firstLine(Throwable failure) {
    String text = String.valueOf(failure.getMessage()).strip();
    return text.lines().findFirst().orElse("").strip();
  }

  private Driver driver() {
    try {
      return Class.forName(kind.driver())
          .asSubclass(Driver.class)
          .getDeclaredConstructor()
          .newInstance();
    } catch (ReflectiveOperationException e) {
      throw new StartRefusedException(
          "the driver of %s, %s, is not on the class path".formatted(kind.product(), kind.driver()),
          e);
    }
  }

  private static Properties options(DatabaseSettings settings) {
    Properties options = new Properties();
    put(options, "user", settings.username());
    put(options, "password", password(settings.password(), settings.passwordFile()));
    options.setProperty("tcpKeepAlive", "true");
    long connect = settings.patience().toMillis();
    switch (settings.kind()) {
      case POSTGRES -> {
        options.setProperty("ApplicationName", "sample-app");
        options.setProperty("connectTimeout", Long.toString(Math.max(1, connect / 1000)));
        options.setProperty("socketTimeout", Long.toString(LONGEST_ANSWER.toSeconds()));
      }
      case MARIADB -> putMySqlOptions(options, connect);
      case MYSQL -> {
        putMySqlOptions(options, connect);
        options.setProperty("useLocalSessionState", "true"); // no question about what it has set
        options.setProperty("useCursorFetch", "true"); // else a fetch size has no effect
        options.setProperty("cachePrepStmts", "true");
      }
      case SQLITE -> throw new IllegalStateException("SQLite is no server");
    }
    return options;
  }

  private static void putMySqlOptions(Properties options, long connectMillis) {
    options.setProperty("connectTimeout", Long.toString(connectMillis));
    options.setProperty("socketTimeout", Long.toString(LONGEST_ANSWER.toMillis()));
    // A row that an update finds counts, also when it changes nothing: such updates take locks.
    options.setProperty("useAffectedRows", "false");
  }

  private static void put(Properties options, String name, @Nullable String value) {
    if (value != null) {
      options.setProperty(name, value);
    }
  }

  /** The password, wherever it is given. */
  static @Nullable String password(@Nullable String password, @Nullable Path file) {
    if (file == null) {
      return password;
    }
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new StartRefusedException(
          "the file %s (app.database.password-file) cannot be read: %s"
              .formatted(file, e.getClass().getSimpleName()),
          e);
    }
  }

  /** Leaves the password out. */
  @Override
  public String toString() {
    return "DatabaseServer[" + DatabaseSettings.withoutOptions(url) + "]";
  }
}
