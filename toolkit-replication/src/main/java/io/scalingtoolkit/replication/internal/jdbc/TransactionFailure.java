// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.jdbc;

import io.scalingtoolkit.replication.internal.node.Lease;
import java.sql.SQLException;
import java.sql.SQLTransactionRollbackException;
import java.sql.SQLTransientConnectionException;
import org.jspecify.annotations.Nullable;

/** What the application is told when its transaction ends without it. */
final class TransactionFailure {
  private TransactionFailure() {}

  static SQLException interrupted(Lease lease, @Nullable SQLException e) {
    String text =
        lease.node().label()
            + (e == null ? " is no longer what it was" : " was lost")
            + " in the middle of a transaction";
    return new SQLTransientConnectionException(text, "08006", e);
  }

  static SQLException cancelled(Lease lease, SQLException e) {
    return new SQLTransactionRollbackException(
        "the read-only transaction on replica "
            + lease.node().name()
            + " was cancelled by what it had to replay; run it again",
        "40001",
        e.getErrorCode(),
        e);
  }
}
