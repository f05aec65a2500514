// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.media;

import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.stereotype.Component;

/**
 * Runs the sweep of orphaned files once, after the schema is there and before the first request can
 * bring a file whose row is still to come.
 */
@Component
final class AvatarSweep implements SmartInitializingSingleton {

  private final AvatarService avatars;

  AvatarSweep(AvatarService avatars) {
    this.avatars = avatars;
  }

  @Override
  public void afterSingletonsInstantiated() {
    avatars.sweep();
  }
}
