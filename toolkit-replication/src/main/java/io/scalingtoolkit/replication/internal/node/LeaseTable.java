// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.node;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;

/**
 * The leases that are out, for the day on which all of them have to be called back; thread-safe.
 *
 * <p>A lease takes the first free place from the one its thread hashes to. Past {@value #PLACES} of
 * one node it stays unlisted and is not called back; it then ends when the driver notices.
 */
final class LeaseTable {
  private static final int PLACES = 1024;

  private final AtomicReferenceArray<Lease> places = new AtomicReferenceArray<>(PLACES);

  /** Lists {@code lease} and returns its place, or -1. */
  int add(Lease lease) {
    int first = (int) ((Thread.currentThread().getId() * 0x9E3779B9L) >>> 7);
    for (int i = 0; i < PLACES; i++) {
      int place = (first + i) & (PLACES - 1);
      if (places.getPlain(place) == null && places.compareAndSet(place, null, lease)) {
        return place;
      }
    }
    return -1;
  }

  void remove(int place) {
    if (place >= 0) {
      places.setRelease(place, null);
    }
  }

  void forEach(Consumer<Lease> action) {
    for (int i = 0; i < PLACES; i++) {
      Lease lease = places.getAcquire(i);
      if (lease != null) {
        action.accept(lease);
      }
    }
  }
}
