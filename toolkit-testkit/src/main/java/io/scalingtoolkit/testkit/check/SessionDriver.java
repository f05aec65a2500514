// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.check;

import java.sql.Connection;
import java.sql.SQLException;

/**
 * How a {@link SessionWorkload} reaches the database under test: the place where a router, its
 * sessions and its bookmarks are plugged in. Implementations are thread-safe.
 */
@FunctionalInterface
public interface SessionDriver {
  /** What an operation is going to do. */
  enum Access {
    /** One SELECT. */
    READ,
    /** One UPDATE, which the driver commits. */
    WRITE
  }

  /** The statements of one operation. */
  @FunctionalInterface
  interface Work {
    /** Runs the statement; it neither commits nor closes the connection. */
    void run(Connection connection) throws SQLException;
  }

  /**
   * Does one operation of a session: resumes the session, takes a connection, runs the work on it
   * exactly once, commits if there is a transaction, and keeps what the session needs next time.
   *
   * <p>The operation counts as acknowledged when this method returns. A session has one operation
   * at a time, unless the workload was told to share sessions among threads.
   *
   * @param session from 0
   * @throws SQLException if the operation failed. It counts as without effect if the work was not
   *     run or was a read, and otherwise as a write that may have happened. Any other exception
   *     ends the workload
   */
  void run(int session, Access access, Work work) throws SQLException;
}
