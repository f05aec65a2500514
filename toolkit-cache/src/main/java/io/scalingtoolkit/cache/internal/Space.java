// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.internal;

import java.util.List;
import java.util.Map;
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

  /**
   * Returns what tells of changes to a key, or null while there is nothing that is known to be
   * alive: then nothing is to be asked for the key.
   *
   * @param nowNanos on the clock of the tier
   */
  @Nullable Line line(String key, long nowNanos);

  /**
   * Returns what is good until the tier answers again after it did not, for what is loaded without
   * it: nobody tells of changes to that.
   *
   * @param sinceNanos when the load began, on the clock of the tier
   */
  Line alone(long sinceNanos);

  /** Reads an entry. */
  CompletionStage<Reading> get(String key, Runnable ordered);

  /**
   * Reads entries with as few questions as there can be.
   *
   * @param ordered by key, as for {@link #get}
   * @return by key, each of which can fail by itself
   */
  Map<String, CompletionStage<Reading>> getAll(Map<String, Runnable> ordered);

  /**
   * Tells whether a copy is still that of the entry, after what told of changes was gone.
   *
   * @param token of the copy
   * @param line that it was read over
   * @return what tells of changes from now on, null if it is another entry now
   */
  CompletionStage<@Nullable Line> verify(String key, long token, Line line, Runnable ordered);

  /**
   * Takes the right to load an entry if there is none.
   *
   * @param token of the lease, not used before and not 0
   * @param outdated the token of an entry that does not count, 0 for none
   */
  CompletionStage<Reading> take(String key, long token, long outdated);

  /** Notes how far the removal of tags has come, to be asked for before a load. */
  CompletionStage<Mark> mark();

  /** Returns the token of the entry or lease there is, 0 if there is none. */
  CompletionStage<Long> token(String key, Runnable ordered);

  /**
   * What became of a value that was loaded with a lease; immutable.
   *
   * @param isStored false if the lease was not good any more, or a tag was removed during the load
   * @param line what tells of changes to it; null if it has changed already, or is not stored
   */
  record Filled(boolean isStored, @Nullable Line line) {}

  /**
   * Stores what was loaded with a lease, and reads whether it is there.
   *
   * @param value null for the knowledge that there is none
   * @param liveMillis how long it is kept, 1 or more
   * @param tags of the value
   * @param mark from before the load, null if there are no tags
   * @param ordered run where the answer comes in: what is told after it was changed after it
   */
  CompletionStage<Filled> fill(
      String key,
      long token,
      byte @Nullable [] value,
      long liveMillis,
      List<String> tags,
      @Nullable Mark mark,
      Runnable ordered);

  /**
   * Tells whether there is room for an entry that somebody is going to load without a lease.
   *
   * @param outdated the token of an entry that does not count, 0 for none
   */
  CompletionStage<Reading> probe(String key, long outdated);

  /**
   * Stores what was loaded since a probe; the others as for a fill with a lease.
   *
   * @return whether neither the key nor one of the tags was invalidated since; false as well if
   *     that was too long ago to know. If not, nothing is stored
   */
  CompletionStage<Boolean> fill(
      String key,
      long token,
      Reading.Vacant since,
      byte @Nullable [] value,
      long liveMillis,
      List<String> tags,
      @Nullable Mark mark);

  /** Removes an entry if it is still the one with this token. */
  CompletionStage<?> drop(String key, long token);

  /** Gives a lease back; done when the tier will not tell of that change any more. */
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
  CompletionStage<?> put(String key, long token, byte[] value, long liveMillis, List<String> tags);

  /**
   * Forgets an entry, and refuses what is loaded with leases taken before. It is done in any case,
   * later if the tier gives no answer now; the result tells when.
   */
  CompletionStage<?> invalidate(String key, Forgetting how);

  /**
   * Forgets an entry that is about to change, and refuses what is loaded while the intent stands.
   * Not done if the tier gives no answer.
   */
  CompletionStage<?> announce(String key, Forgetting how);

  /** As {@link #invalidate}, for all entries with a tag, whoever loaded them. */
  CompletionStage<?> invalidateTag(String tag, Positions positions);

  /** As {@link #invalidate}, for all entries. */
  CompletionStage<?> invalidateAll(Positions positions);

  /** Returns what loads of all keys must not be older than as far as known, empty for nothing. */
  String positions();

  /** Completes when the entry of a key changes; to be asked for before the entry is read. */
  CompletableFuture<Void> nextChange(String key);
}
