// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import io.scalingtoolkit.replication.internal.route.ReadPolicy;

/** The router's form of what the application asks for. */
final class Policies {
  private Policies() {}

  static ReadPolicy of(ReadConsistency consistency) {
    if (consistency instanceof ReadConsistency.Bounded bounded) {
      return new ReadPolicy(ReadPolicy.Kind.BOUNDED, bounded.age().toNanos());
    }
    if (consistency instanceof ReadConsistency.Eventual) {
      return new ReadPolicy(ReadPolicy.Kind.EVENTUAL, 0);
    }
    return consistency instanceof ReadConsistency.Strong
        ? new ReadPolicy(ReadPolicy.Kind.STRONG, 0)
        : new ReadPolicy(ReadPolicy.Kind.SESSION, 0);
  }
}
