// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.engine;

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
}
