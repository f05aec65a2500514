// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.redis;

import io.scalingtoolkit.testkit.EngineException;
import java.util.function.Supplier;

/** Starting again with other ports when a program that knows no reservation took one. */
final class Starts {
  private static final int MAX_TRIES = 3;
  private static final String TAKEN = "Address already in use";

  private Starts() {}

  /** Runs a start that picks new ports each time, up to three times while a port is taken. */
  static <T> T retrying(Supplier<T> start) {
    for (int tries = 1; ; tries++) {
      try {
        return start.get();
      } catch (EngineException e) {
        String message = e.getMessage();
        if (tries == MAX_TRIES || message == null || !message.contains(TAKEN)) {
          throw e;
        }
      }
    }
  }
}
