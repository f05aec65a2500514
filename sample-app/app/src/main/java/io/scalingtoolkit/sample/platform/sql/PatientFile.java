// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.sql;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import javax.sql.DataSource;
import org.springframework.jdbc.datasource.DelegatingDataSource;

/**
 * The pool of a mover over the SQLite file. A mover that keeps writers out sets a connection to
 * wait for a moment only, and SQLite keeps that; here each is handed out with its patience.
 * Thread-safe.
 */
final class PatientFile extends DelegatingDataSource {

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  PatientFile(DataSource pool) {
    super(pool);
  }

  @Override
  public Connection getConnection() throws SQLException {
    Connection connection = super.getConnection();
    boolean patient = false;
    try (Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA busy_timeout = " + PATIENCE.toMillis());
      patient = true;
      return connection;
    } finally {
      if (!patient) {
        connection.close();
      }
    }
  }
}
