// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import java.sql.SQLException;

/** A move costs the source more than it was allowed; it is undone. */
final class BudgetException extends SQLException {
  private static final long serialVersionUID = 1L;

  BudgetException(String message) {
    super(message, "TK007");
  }
}
