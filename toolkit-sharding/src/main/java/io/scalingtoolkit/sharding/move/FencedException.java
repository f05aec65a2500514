// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import java.sql.SQLException;

/** A mover met slots, or a move, that another mover has taken over. It has to stop. */
final class FencedException extends SQLException {
  private static final long serialVersionUID = 1L;
  private static final String STATE = "TK004";

  FencedException(String message) {
    super(message, STATE);
  }

  FencedException(String message, SQLException cause) {
    super(message, STATE, cause);
  }
}
