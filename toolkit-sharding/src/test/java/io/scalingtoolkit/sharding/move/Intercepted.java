// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import java.io.PrintWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Statement;
import java.util.function.Consumer;
import java.util.logging.Logger;
import javax.sql.DataSource;

/** Data sources that something happens to. */
final class Intercepted {
  private Intercepted() {}

  /** A database that can be away, for whoever wants a connection. */
  static final class Away extends Wrapped {
    volatile boolean away;

    Away(DataSource database) {
      super(database);
    }

    @Override
    public Connection getConnection() throws SQLException {
      if (away) {
        throw new SQLException("away", "08001");
      }
      return super.getConnection();
    }
  }

  /** Tells of each statement that has dropped something. */
  static final class Watched extends Wrapped {
    private final Consumer<String> dropped;

    Watched(DataSource database, Consumer<String> dropped) {
      super(database);
      this.dropped = dropped;
    }

    @Override
    public Connection getConnection() throws SQLException {
      Connection connection = super.getConnection();
      return proxy(
          Connection.class,
          connection,
          (name, result, args) ->
              name.equals("createStatement")
                  ? proxy(
                      Statement.class,
                      (Statement) result,
                      (method, nothing, sql) -> {
                        if (method.equals("execute") && sql[0].toString().startsWith("drop")) {
                          dropped.accept(sql[0].toString());
                        }
                        return nothing;
                      })
                  : result);
    }

    private interface After {
      Object returned(String method, Object result, Object[] args);
    }

    private static <T> T proxy(Class<T> type, T delegate, After after) {
      return type.cast(
          Proxy.newProxyInstance(
              type.getClassLoader(),
              new Class<?>[] {type},
              (self, method, args) -> {
                try {
                  return after.returned(method.getName(), method.invoke(delegate, args), args);
                } catch (InvocationTargetException e) {
                  throw e.getCause();
                }
              }));
    }
  }

  /** Tells of each commit, when it is about to be sent and when it is done. */
  static final class Commits extends Wrapped {
    private final Told told;

    /** Who is told. */
    interface Told {
      /**
       * A commit.
       *
       * @param verbs the first words of the statements that were prepared in the transaction
       * @param done whether it is over
       */
      void commit(String verbs, boolean done);
    }

    Commits(DataSource database, Told told) {
      super(database);
      this.told = told;
    }

    @Override
    public Connection getConnection() throws SQLException {
      Connection connection = super.getConnection();
      StringBuilder verbs = new StringBuilder();
      return (Connection)
          Proxy.newProxyInstance(
              Connection.class.getClassLoader(),
              new Class<?>[] {Connection.class},
              (self, method, args) -> {
                boolean commit = method.getName().equals("commit");
                if (method.getName().equals("prepareStatement")) {
                  verbs.append(args[0].toString().split(" ", 2)[0]).append(' ');
                } else if (commit) {
                  told.commit(verbs.toString(), false);
                }
                Object result;
                try {
                  result = method.invoke(connection, args);
                } catch (InvocationTargetException e) {
                  throw e.getCause();
                }
                if (commit) {
                  told.commit(verbs.toString(), true);
                  verbs.setLength(0);
                }
                return result;
              });
    }
  }

  /** A data source over another one. */
  abstract static class Wrapped implements DataSource {
    private final DataSource database;

    Wrapped(DataSource database) {
      this.database = database;
    }

    @Override
    public Connection getConnection() throws SQLException {
      return database.getConnection();
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
      return database.getConnection(user, password);
    }

    @Override
    public PrintWriter getLogWriter() throws SQLException {
      return database.getLogWriter();
    }

    @Override
    public void setLogWriter(PrintWriter out) throws SQLException {
      database.setLogWriter(out);
    }

    @Override
    public int getLoginTimeout() throws SQLException {
      return database.getLoginTimeout();
    }

    @Override
    public void setLoginTimeout(int seconds) throws SQLException {
      database.setLoginTimeout(seconds);
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
      return database.getParentLogger();
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
      return database.unwrap(type);
    }

    @Override
    public boolean isWrapperFor(Class<?> type) throws SQLException {
      return database.isWrapperFor(type);
    }
  }
}
