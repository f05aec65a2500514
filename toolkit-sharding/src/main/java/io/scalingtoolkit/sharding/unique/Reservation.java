// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.unique;

import io.scalingtoolkit.sharding.hash.ShardKey;
import java.util.Objects;

/**
 * A value that is kept for an owner who has not used it yet.
 *
 * <p>Immutable. It has no date of expiry: until a sweep has cancelled it, it can be used.
 *
 * @param value what is kept
 * @param owner the shard key of whoever will have it
 * @param id unique for each reservation; 36 characters
 */
public record Reservation(UniqueValue value, ShardKey owner, String id) {
  /** Checks that nothing is null. */
  public Reservation {
    Objects.requireNonNull(value, "value");
    Objects.requireNonNull(owner, "owner");
    Objects.requireNonNull(id, "id");
  }
}
