// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

/** Notes for those who look a key up whether it is invalidated from then on; thread-safe. */
final class Watch {
  private volatile boolean poisoned;

  void poison() {
    poisoned = true;
  }

  boolean isPoisoned() {
    return poisoned;
  }
}
