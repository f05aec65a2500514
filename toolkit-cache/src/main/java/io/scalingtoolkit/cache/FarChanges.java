// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import io.scalingtoolkit.cache.internal.Forgetting;
import io.scalingtoolkit.cache.internal.Positions;
import io.scalingtoolkit.core.consistency.Bookmark;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Changes entries in memory and in the shared tier; thread-safe. */
final class FarChanges<K, V> {
  private static final Logger LOG = LoggerFactory.getLogger(FarChanges.class);

  private final Far<K, V> far;

  FarChanges(Far<K, V> far) {
    this.far = far;
  }

  /** Stores a value for all; the result fails if the tier was not told yet. */
  CompletionStage<?> put(K key, V value) {
    String name = far.keys.encode(key);
    byte[] bytes = far.values.encode(value);
    List<String> tags = far.tagger == null ? List.of() : List.copyOf(far.tagger.apply(key, value));
    far.store.remove(key);
    CompletionStage<?> told =
        far.space.put(name, Far.newToken(), bytes, far.liveMillis(value), tags);
    if (!isDone(told)) {
      told = far.space.invalidate(name, Forgetting.changed("")); // it may or may not be there
    }
    far.store.remove(key);
    return told;
  }

  /**
   * Forgets a value for all, now or as soon as the tier answers; the result fails if it has not.
   */
  CompletionStage<?> invalidate(K key, Bookmark written, long intent) {
    String name = far.keys.encode(key);
    far.required.note(key, written);
    far.store.remove(key);
    CompletionStage<?> told =
        far.space.invalidate(name, Forgetting.ended(intent, far.required.text(written)));
    isDone(told);
    far.store.remove(key);
    return told;
  }

  /** Forgets what has a tag for all; what is in memory here is not its concern. */
  CompletionStage<?> invalidateTag(String tag, Bookmark written) {
    far.required.noteAll(written);
    CompletionStage<?> told = far.space.invalidateTag(tag, positions(written));
    isDone(told);
    return told;
  }

  private Positions positions(Bookmark written) {
    if (written.isEmpty()) {
      return Positions.NONE;
    }
    String seen = far.space.positions();
    return new Positions(seen, far.required.text(far.required.read(seen).merge(written)));
  }

  CompletionStage<?> invalidateAll(Bookmark written) {
    far.required.noteAll(written);
    far.store.removeAll();
    CompletionStage<?> told = far.space.invalidateAll(positions(written));
    isDone(told);
    far.store.removeAll();
    return told;
  }

  /** Forgets values that are about to change; returns whether the tier knows of all. */
  boolean announce(Set<K> changing, long intent, long millis) {
    Forgetting how = Forgetting.announced(intent, millis);
    boolean told =
        isDone(
            CompletableFuture.allOf(
                changing.stream()
                    .map(key -> far.space.announce(far.keys.encode(key), how).toCompletableFuture())
                    .toArray(CompletableFuture[]::new)));
    changing.forEach(far.store::remove);
    return told;
  }

  /** Waits for something as long as is waited for the tier. */
  private boolean isDone(CompletionStage<?> stage) {
    try {
      far.answer(stage);
      return true;
    } catch (Far.Unanswered e) {
      LOG.debug("The shared tier does not answer yet", e);
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
