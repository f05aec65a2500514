// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.engine;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Locale;

/** Finds the engine of a connection. */
public final class Engines {
  private Engines() {}

  /**
   * Returns the engine of the server behind {@code connection}, by what its driver says.
   *
   * @param captures whether commits are to bring their positions along
   * @throws SQLException if the product is none of PostgreSQL, MariaDB and MySQL
   */
  public static Engine of(Connection connection, boolean captures) throws SQLException {
    String product = connection.getMetaData().getDatabaseProductName();
    String version = connection.getMetaData().getDatabaseProductVersion();
    String name = product.toLowerCase(Locale.ROOT);
    if (name.contains("postgresql")) {
      return new PostgresEngine();
    }
    // MySQL's own driver calls a MariaDB server MySQL and leaves the truth to the version.
    if (name.contains("mariadb") || version.toLowerCase(Locale.ROOT).contains("mariadb")) {
      return new MariaDbEngine();
    }
    if (name.contains("mysql")) {
      return new MySqlEngine(captures);
    }
    throw new SQLException(
        "the database must be PostgreSQL, MariaDB or MySQL, but the driver says \""
            + product
            + "\"",
        "0A000");
  }
}
