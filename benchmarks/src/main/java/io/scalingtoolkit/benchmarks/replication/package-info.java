// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/**
 * What a DataSource costs above its driver: the peers, and a driver that answers at once so that
 * the cost shows.
 */
@NullMarked
@Forwarding({
  Connection.class,
  PreparedStatement.class,
  ResultSet.class,
  ResultSetMetaData.class,
  DatabaseMetaData.class
})
package io.scalingtoolkit.benchmarks.replication;

import io.scalingtoolkit.build.Forwarding;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import org.jspecify.annotations.NullMarked;
