// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.node;

import java.sql.SQLTransientConnectionException;

/** A pooled connection leads to another start of the server than the one that was chosen. */
public final class StaleServerException extends SQLTransientConnectionException {
  private static final long serialVersionUID = 1L;

  StaleServerException(String node) {
    super(node + " has restarted and its position is not known yet", "08006");
  }
}
