// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.engine;

import java.sql.SQLException;

/** Closes what a failure leaves behind without hiding the failure. */
public final class Closing {
  private Closing() {}

  /** Closes {@code resource}; what that throws is added to {@code failure}. */
  public static void quietly(AutoCloseable resource, Exception failure) {
    try {
      resource.close();
    } catch (Exception e) {
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      failure.addSuppressed(e);
    }
  }

  /** Closes {@code connection} because of {@code failure}. */
  static void quietly(java.sql.Connection connection, SQLException failure) {
    quietly((AutoCloseable) connection, failure);
  }
}
