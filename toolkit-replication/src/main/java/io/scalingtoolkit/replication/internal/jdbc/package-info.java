// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/** JDBC objects as the application sees them; the compiler writes what only forwards. */
@NullMarked
@Forwarding({
  Connection.class,
  Statement.class,
  PreparedStatement.class,
  CallableStatement.class,
  ResultSet.class,
  DatabaseMetaData.class
})
package io.scalingtoolkit.replication.internal.jdbc;

import io.scalingtoolkit.build.Forwarding;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.Statement;
import org.jspecify.annotations.NullMarked;
