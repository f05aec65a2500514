// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import javax.sql.DataSource;

/**
 * Runs statements and calls in each mode of a connection, and asks the servers who of them ran it.
 *
 * <p>Each cell carries a mark of its own in its SQL, and the servers' own record of what they ran
 * decides: P for the primary, R for a replica, - for nobody, and the SQLState if it failed.
 * Confined.
 */
final class TrapTable implements AutoCloseable {
  /** The modes, in the order of the columns. */
  enum Mode {
    AUTOCOMMIT,
    AUTOCOMMIT_READ_ONLY,
    READ_ONLY_TRANSACTION,
    TRANSACTION;

    void apply(Connection connection) throws SQLException {
      connection.setReadOnly(this == AUTOCOMMIT_READ_ONLY || this == READ_ONLY_TRANSACTION);
      connection.setAutoCommit(this == AUTOCOMMIT || this == AUTOCOMMIT_READ_ONLY);
    }
  }

  /** Calls that are more than to execute a text; `mark` must stand in the SQL. */
  interface Calls {
    void on(Connection connection, String mark) throws SQLException;
  }

  private final DataSource db;
  private final String witness;
  private final Map<String, List<Connection>> nodes = new LinkedHashMap<>();
  private final Map<String, Calls> calls = new LinkedHashMap<>();
  private int cells;

  /**
   * @param witness a query with one parameter, the number of a cell, for how often a server ran it
   */
  TrapTable(DataSource db, String witness, DataSource primary, List<DataSource> replicas)
      throws SQLException {
    this.db = db;
    this.witness = witness;
    nodes.put("P", List.of(primary.getConnection()));
    List<Connection> readers = new ArrayList<>();
    for (DataSource replica : replicas) {
      readers.add(replica.getConnection());
    }
    nodes.put("R", readers);
  }

  /** Names a sequence of calls, to be used in a table as {@code [name]}. */
  TrapTable with(String name, Calls sequence) {
    calls.put("[" + name + "]", sequence);
    return this;
  }

  /** Runs the first column of {@code table} and returns it with what happened behind. */
  String run(String table) throws SQLException {
    StringBuilder out = new StringBuilder();
    for (String line : table.split("\n")) {
      int end =
          line.lastIndexOf(
              "|", line.lastIndexOf("|", line.lastIndexOf("|", line.lastIndexOf("|") - 1) - 1) - 1);
      String first = line.substring(0, end).strip();
      out.append(line, 0, end);
      for (Mode mode : Mode.values()) {
        out.append(String.format("| %-8s", cell(first, mode)));
      }
      while (out.charAt(out.length() - 1) == ' ') {
        out.setLength(out.length() - 1);
      }
      out.append('\n');
    }
    return out.toString();
  }

  private String cell(String what, Mode mode) throws SQLException {
    int number = ++cells;
    String mark = " /*cell-" + number + "-*/";
    Calls sequence = calls.get(what);
    try (Connection connection = db.getConnection()) {
      mode.apply(connection);
      String state = "";
      try {
        if (sequence == null) {
          execute(connection, what.replace("{n}", String.valueOf(number)) + mark);
        } else {
          sequence.on(connection, mark);
        }
      } catch (SQLException e) {
        state = " " + e.getSQLState();
      }
      String ran = whoRan(number);
      if (!connection.getAutoCommit()) {
        connection.rollback();
      }
      return ran + state;
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private String whoRan(int cell) throws SQLException {
    TreeSet<String> who = new TreeSet<>();
    for (Map.Entry<String, List<Connection>> node : nodes.entrySet()) {
      for (Connection connection : node.getValue()) {
        try (PreparedStatement statement = connection.prepareStatement(witness)) {
          statement.setInt(1, cell);
          try (ResultSet rows = statement.executeQuery()) {
            rows.next();
            if (rows.getInt(1) > 0) {
              who.add(node.getKey());
            }
          }
        }
      }
    }
    return who.isEmpty() ? "-" : String.join("", who);
  }

  @Override
  public void close() throws SQLException {
    for (List<Connection> connections : nodes.values()) {
      for (Connection connection : connections) {
        connection.close();
      }
    }
  }
}
