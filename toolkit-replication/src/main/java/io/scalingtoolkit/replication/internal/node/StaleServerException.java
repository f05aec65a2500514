// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.node;

import java.sql.SQLTransientConnectionException;

/**
 * A node is no more what it was when it was chosen: it takes no more reads, or its server has
 * restarted. Nothing speaks against the server.
 */
public final class StaleServerException extends SQLTransientConnectionException {
  private static final long serialVersionUID = 1L;

  StaleServerException(String text) {
    super(text, "08006");
  }
}
