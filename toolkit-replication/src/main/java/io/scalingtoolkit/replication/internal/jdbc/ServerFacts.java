// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.jdbc;

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * What a connection to the primary says of itself before anything was done with it, so that asking
 * for it later takes no connection and fixes no route; immutable.
 *
 * @param productName name of the database product
 * @param productVersion its version
 * @param majorVersion the first number of that
 * @param minorVersion the second number of that
 * @param driverName name of the driver
 * @param driverVersion its version
 * @param driverMajorVersion the first number of that
 * @param driverMinorVersion the second number of that
 * @param url URL of the primary
 * @param userName user of the connection
 * @param quote what quotes identifiers
 * @param isolation default isolation of transactions
 * @param holdability default holdability of results
 * @param catalog catalog it starts in
 * @param schema schema it starts in
 * @param clientInfo its client info; not to be changed
 * @param autoCommit whether it starts in autocommit mode
 */
public record ServerFacts(
    String productName,
    String productVersion,
    int majorVersion,
    int minorVersion,
    String driverName,
    String driverVersion,
    int driverMajorVersion,
    int driverMinorVersion,
    @Nullable String url,
    @Nullable String userName,
    String quote,
    int isolation,
    int holdability,
    @Nullable String catalog,
    @Nullable String schema,
    Properties clientInfo,
    boolean autoCommit) {

  /** Asks {@code connection}. */
  public static ServerFacts of(Connection connection) throws SQLException {
    DatabaseMetaData data = connection.getMetaData();
    return new ServerFacts(
        data.getDatabaseProductName(),
        data.getDatabaseProductVersion(),
        data.getDatabaseMajorVersion(),
        data.getDatabaseMinorVersion(),
        data.getDriverName(),
        data.getDriverVersion(),
        data.getDriverMajorVersion(),
        data.getDriverMinorVersion(),
        data.getURL(),
        data.getUserName(),
        data.getIdentifierQuoteString(),
        connection.getTransactionIsolation(),
        connection.getHoldability(),
        connection.getCatalog(),
        connection.getSchema(),
        connection.getClientInfo(),
        connection.getAutoCommit());
  }
}
