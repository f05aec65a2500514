// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.mysql;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;

/** What differs between MariaDB and MySQL; everything else is written once. Immutable. */
sealed interface Flavor permits MariaDbFlavor, MySqlFlavor {
  /** Returns the name of the product, for messages. */
  String product();

  /** Returns the short word that names directories and nodes. */
  String word();

  /** Returns the server program; unpacks it when that was never done. */
  ServerProgram program();

  /**
   * Returns the words of a shell that make a new data directory.
   *
   * @param data an absolute path that does not exist yet
   * @param work a directory for files that the command reads
   * @param statements what the new server runs once, one statement each
   */
  List<String> initCommand(ServerProgram program, Path data, Path work, List<String> statements);

  /** Returns the statements that make the two users' privileges work on this product. */
  List<String> userStatements(Access access);

  /** Returns the options of the files' form, which making and running a directory must share. */
  List<String> storageOptions();

  /** Returns the options of a running server that only this product needs or knows. */
  List<String> serverOptions();

  /** Returns the option that makes a server refuse writes from its start on. */
  String readOnlyOption();

  /** Returns the statement that lets a read-only server accept writes. */
  String acceptWrites();

  /** Returns a URL for an application: no TLS, and no questions about keys. */
  String jdbcUrl(int port, String database);

  /** Returns the vendor's own data source. */
  DataSource dataSource(String url, Access.Credentials credentials);

  /** Returns the class of {@link #dataSource}, which an optional artifact brings. */
  String driverClass();

  /** Returns the coordinates of that artifact. */
  String driverArtifact();

  /** Returns the statements that make a server with stopped threads replicate from the port. */
  List<String> attach(int primaryPort, long delaySeconds, Access.Credentials root);

  /**
   * Returns the statements that change the delay.
   *
   * @param startApplying how a replica starts its SQL thread: not at all when it is paused
   */
  List<String> changeDelay(long seconds, List<String> startApplying);

  /** Says whether {@link #drain} need not wait until a delay is over. */
  boolean cutsDelay();

  /** Returns the statements that have a replica apply what it has received, and receive no more. */
  List<String> drain();

  /** Returns the position that a replica must reach to have everything this server has. */
  String position(Connection connection) throws SQLException;

  /** Returns everything a server has committed, in the form that {@link #covers} takes. */
  String history(Connection connection) throws SQLException;

  /** Says whether the connected server has committed all of another server's history. */
  boolean covers(Connection connection, String history) throws SQLException;

  /** Says whether the connected replica has applied everything up to the position. */
  boolean hasApplied(Connection replica, String position) throws SQLException;

  /** Returns the column of {@code SHOW SLAVE STATUS} with what a replica has received. */
  String receivedColumn();
}
