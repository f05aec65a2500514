// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.route;

import io.scalingtoolkit.replication.internal.node.Reading;
import org.jspecify.annotations.Nullable;

/** The reason of a choice, for the connection that asked; confined. */
public abstract class Choice {
  private Reason reason = Reason.READ;

  /** Returns the reason of the last choice. */
  public final Reason reason() {
    return reason;
  }

  /** Notes the reason for a choice that is not a replica's. */
  protected final void because(Reason why) {
    this.reason = why;
  }

  final void replica(Reason why) {
    this.reason = why;
  }

  final @Nullable Reading primary(Reason why) {
    this.reason = why;
    return null;
  }
}
