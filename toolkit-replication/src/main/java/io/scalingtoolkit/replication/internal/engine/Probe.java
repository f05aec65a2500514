// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.engine;

import io.scalingtoolkit.core.time.MonotonicClock;
import java.sql.SQLException;

/**
 * Asks one server about itself over one connection; confined, but for {@link #abort}. Closing it
 * closes the connection.
 */
public interface Probe extends AutoCloseable {

  /**
   * Asks once, in one round trip.
   *
   * @throws SQLException if there is no usable answer; the probe is then to be closed
   */
  Sample sample(MonotonicClock clock) throws SQLException;

  /** Cuts the connection from another thread, so that a call that waits for an answer fails. */
  void abort() throws SQLException;

  @Override
  void close() throws SQLException;
}
