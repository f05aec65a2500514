// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.internal;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The entries of one cache in the tier that processes share; thread-safe. Results fail when the
 * tier gives no answer.
 *
 * <p>Where a call takes {@code ordered}, that is run in the order in which the tier sends things:
 * changes that it told of before the answer are told before, and changes it tells of after it are
 * told after. It must be short.
 */
public interface Space {
  /**
   * Told of changes to keys that were read, each change of a key once for each reading of it;
   * called in order, must be short. Who changes a key himself is told as well, before the answer to
   * the next thing he asks.
   */
  interface Listener {
    /** The entry of a key may be another one now. */
    void changed(String key);

    /** All entries may be others now. */
    void allChanged();
  }

  /** Reads an entry. */
  CompletionStage<Reading> get(String key, Runnable ordered);

  /**
   * Reads an entry, or takes the right to load it.
   *
   * @param token of the lease, not used before and not 0
   */
  CompletionStage<Reading> take(String key, long token);

  /** Returns the token of the entry or lease there is, 0 if there is none. */
  CompletionStage<Long> token(String key, Runnable ordered);

  /**
   * Stores what was loaded with a lease.
   *
   * @param value null for the knowledge that there is none
   * @param liveMillis how long it is kept, 1 or more
   * @return whether the lease was still good; if not, nothing is stored
   */
  CompletionStage<Boolean> fill(String key, long token, byte @Nullable [] value, long liveMillis);

  /** Tells whether there is room for an entry that somebody is going to load without a lease. */
  CompletionStage<Reading> probe(String key);

  /**
   * Stores what was loaded since a probe.
   *
   * @return whether the key was not invalidated since; false as well if that was too long ago to
   *     know. If not, nothing is stored
   */
  CompletionStage<Boolean> fill(
      String key, long token, Reading.Vacant since, byte @Nullable [] value, long liveMillis);

  /** Removes an entry if it is still the one with this token. */
  CompletionStage<?> drop(String key, long token);

  /** Gives a lease back. */
  CompletionStage<?> release(String key, long token);

  /**
   * Makes a lease last until the result is cancelled, as long as it is good.
   *
   * @param ordered as in {@link #token}, each time that it was made to last
   * @param lost run when the lease is found not to be good any more
   */
  CompletableFuture<?> keep(
      String key, long token, Runnable before, Runnable ordered, Runnable lost);

  /** Stores a value whatever there is. */
  CompletionStage<?> put(String key, long token, byte[] value, long liveMillis);

  /**
   * Forgets an entry, and refuses what is loaded with leases taken before. It is done in any case,
   * later if the tier gives no answer now; the result tells when.
   */
  CompletionStage<?> invalidate(String key);

  /** As {@link #invalidate}, for all entries. */
  CompletionStage<?> invalidateAll();

  /** Completes when the entry of a key changes; to be asked for before the entry is read. */
  CompletableFuture<Void> nextChange(String key);
}
