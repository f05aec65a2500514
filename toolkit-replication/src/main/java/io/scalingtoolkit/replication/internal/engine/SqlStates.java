// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.engine;

import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientConnectionException;
import java.util.Objects;

/** The reading of SQLSTATEs that all products share. */
final class SqlStates {
  private SqlStates() {}

  static String of(SQLException failure) {
    return Objects.requireNonNullElse(failure.getSQLState(), "");
  }

  static boolean connectionLost(SQLException failure) {
    String state = of(failure);
    return state.startsWith("08")
        || state.equals("57P01")
        || state.equals("57P02")
        || state.equals("57P03")
        || (state.isEmpty() && hasClassOfALostConnection(failure));
  }

  /** The class alone says little: one driver gives it to a parameter that was not set. */
  private static boolean hasClassOfALostConnection(SQLException failure) {
    return failure instanceof SQLNonTransientConnectionException
        || failure instanceof SQLTransientConnectionException
        || failure instanceof SQLRecoverableException;
  }
}
