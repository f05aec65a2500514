// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.time;

import java.time.Instant;

/** Calendar time as the operating system tells it; immutable. */
enum SystemWallClock implements WallClock {
  INSTANCE;

  @Override
  public Instant now() {
    return Instant.now();
  }
}
