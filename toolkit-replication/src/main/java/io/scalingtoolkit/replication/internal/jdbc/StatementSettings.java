// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.jdbc;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.EnumMap;
import java.util.Map;

/** The settings of a statement, to repeat them on another connection; confined. */
final class StatementSettings {
  private final Map<Setting, Integer> values = new EnumMap<>(Setting.class);

  /** A setting with a number or a flag as its value. */
  enum Setting {
    FETCH_SIZE {
      @Override
      void apply(Statement to, int value) throws SQLException {
        to.setFetchSize(value);
      }

      /** One driver takes the smallest number for row by row. */
      @Override
      void check(int value) throws SQLException {
        if (value != Integer.MIN_VALUE) {
          super.check(value);
        }
      }
    },
    MAX_ROWS {
      @Override
      void apply(Statement to, int value) throws SQLException {
        to.setMaxRows(value);
      }
    },
    QUERY_TIMEOUT {
      @Override
      void apply(Statement to, int value) throws SQLException {
        to.setQueryTimeout(value);
      }
    },
    MAX_FIELD_SIZE {
      @Override
      void apply(Statement to, int value) throws SQLException {
        to.setMaxFieldSize(value);
      }
    },
    FETCH_DIRECTION {
      @Override
      void apply(Statement to, int value) throws SQLException {
        to.setFetchDirection(value);
      }

      @Override
      void check(int value) throws SQLException {
        if (value < ResultSet.FETCH_FORWARD || value > ResultSet.FETCH_UNKNOWN) {
          throw new SQLException("fetch direction must be one of JDBC's, was " + value, "22023");
        }
      }
    },
    ESCAPE_PROCESSING {
      @Override
      void apply(Statement to, int value) throws SQLException {
        to.setEscapeProcessing(value != 0);
      }
    },
    POOLABLE {
      @Override
      void apply(Statement to, int value) throws SQLException {
        to.setPoolable(value != 0);
      }
    };

    abstract void apply(Statement to, int value) throws SQLException;

    void check(int value) throws SQLException {
      if (value < 0) {
        throw new SQLException(name() + " must be 0 or more, was " + value, "22023");
      }
    }
  }

  void set(Setting setting, int value) {
    values.put(setting, value);
  }

  int get(Setting setting, int otherwise) {
    return values.getOrDefault(setting, otherwise);
  }

  void applyTo(Statement statement) throws SQLException {
    for (Map.Entry<Setting, Integer> entry : values.entrySet()) {
      entry.getKey().apply(statement, entry.getValue());
    }
  }
}
