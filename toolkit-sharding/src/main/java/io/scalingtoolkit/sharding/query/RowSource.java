// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.query;

import java.sql.SQLException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Rows one after the other; confined to whoever reads. */
interface RowSource {
  /** The next row, null after the last one. */
  @Nullable Object @Nullable [] next() throws SQLException;

  /** The shards whose rows are missing, in part or all. */
  Map<String, SQLException> failures();

  /** Cancels what runs; from another thread. */
  void interrupt();

  /** Breaks the connections; from another thread. */
  void abort();

  void close();
}
