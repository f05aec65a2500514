// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.scalingtoolkit.cache.internal.Line;
import io.scalingtoolkit.cache.internal.Mark;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The versions of the tags of one cache, and copies of them in memory; thread-safe.
 *
 * <p>A tag has a key in Redis with a number that is never used again, and each removal puts another
 * one there. An entry has the numbers of its tags from before its load, and counts as long as they
 * are still the same. Which tags a value has is known only when it is loaded; so removals are also
 * counted, the count is read before the load, and a tag says at what count it was removed.
 */
final class RedisTags {
  private static final int MOST_COPIES = 100_000;
  private static final int MOST_JOURNALED = 10_000;
  private static final int VERSION_BYTES = 2 * Long.BYTES;

  /** More removals than that during a load are taken for a count that has begun anew. */
  private static final long FAR_AWAY = 1 << 20;

  /** Counts begin anywhere up to this, so that one that begins anew is far away; exact in Lua. */
  private static final long LAST_START = 1L << 52;

  /** How many lifetimes of entries a tag is kept. */
  private static final int LIFETIMES = 10;

  private final RedisTier tier;
  private final String prefix;
  private final byte[] clockKey;
  private final AtomicLong order = new AtomicLong();

  /** Tags whose removal Redis has not confirmed. */
  private final ConcurrentMap<String, Long> journal = new ConcurrentHashMap<>();

  /** What is thrown out here is not told of changes any more, so it is dead. */
  private final Cache<String, Copy> copies =
      Caffeine.newBuilder()
          .maximumSize(MOST_COPIES)
          .executor(Runnable::run)
          .<String, Copy>evictionListener((tag, copy, cause) -> kill(copy))
          .build();

  RedisTags(RedisTier tier, String home) {
    this.tier = tier;
    this.prefix = home + RedisSpace.TAG;
    this.clockKey = bytes(home + ":tags");
  }

  /** A version of a tag as it was read; thread-safe. */
  static final class Copy implements Line {
    final String tag;
    final long version;
    private final long removed;
    private final long clock;
    private final long order;
    private final Line line;
    private volatile boolean dead;

    private Copy(String tag, long version, long removed, long clock, long order, Line line) {
      this.tag = tag;
      this.version = version;
      this.removed = removed;
      this.clock = clock;
      this.order = order;
      this.line = line;
    }

    @Override
    public boolean isGood(long nowNanos) {
      return !dead && line.isGood(nowNanos);
    }

    /** Tells whether it is also the version that the tag had before a load. */
    boolean isAsOf(@Nullable Mark mark) {
      if (mark == null || order < mark.order()) {
        return true; // read before; if it was removed since, it is an old version
      }
      long removals = clock - mark.clock();
      return removals >= 0 && removals < FAR_AWAY && (removed <= mark.clock() || removed > clock);
    }
  }

  private static void kill(@Nullable Copy copy) {
    if (copy != null) {
      copy.dead = true;
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private byte[] key(String tag) {
    return bytes(prefix + tag);
  }

  /** Reads the count of removals. */
  CompletionStage<Mark> mark(RedisLink link) {
    long asked = order.incrementAndGet();
    return tier.guarded(() -> link.get(clockKey, () -> {}))
        .thenCompose(
            count ->
                count == null
                    ? create(link, List.of()).thenCompose(done -> mark(link))
                    : CompletableFuture.completedFuture(new Mark(number(count), asked)));
  }

  private static long number(byte[] digits) {
    return Long.parseLong(new String(digits, StandardCharsets.US_ASCII));
  }

  /** Returns copies of the versions of tags, reading those that are not there. */
  CompletionStage<List<Copy>> versions(RedisLink link, List<String> tags) {
    if (tags.stream().anyMatch(journal::containsKey)) {
      return CompletableFuture.failedFuture(
          new IllegalStateException("the removal of a tag is not confirmed"));
    }
    List<Copy> known = new ArrayList<>();
    for (String tag : tags) {
      Copy copy = copies.getIfPresent(tag);
      if (copy != null && copy.isGood(tier.now())) {
        known.add(copy);
      }
    }
    return known.size() == tags.size()
        ? CompletableFuture.completedFuture(known)
        : tier.guarded(() -> read(link, tags, true));
  }

  private CompletionStage<List<Copy>> read(RedisLink link, List<String> tags, boolean creates) {
    List<byte[]> keys = new ArrayList<>();
    keys.add(clockKey);
    tags.forEach(tag -> keys.add(key(tag)));
    List<Copy> made = new ArrayList<>();
    // Made where the answer comes in, so that what is told of the tags after it finds them.
    return link.getAll(keys, answer -> keep(link, tags, answer, made))
        .thenCompose(
            answer -> {
              if (made.size() == tags.size()) {
                return CompletableFuture.completedFuture(made);
              }
              return creates
                  ? create(link, tags).thenCompose(done -> read(link, tags, false))
                  : CompletableFuture.failedFuture(new IllegalStateException("tags do not stay"));
            });
  }

  private void keep(RedisLink link, List<String> tags, List<byte[]> answer, List<Copy> made) {
    byte[] count = answer.get(0);
    if (count == null) {
      return;
    }
    long heard = order.incrementAndGet();
    for (int i = 0; i < tags.size(); i++) {
      byte[] version = answer.get(i + 1);
      if (version != null && version.length == VERSION_BYTES) {
        ByteBuffer fields = ByteBuffer.wrap(version);
        long removed = fields.getLong();
        Copy copy = new Copy(tags.get(i), fields.getLong(), removed, number(count), heard, link);
        made.add(copies.asMap().merge(copy.tag, copy, RedisTags::current));
      }
    }
  }

  /** Entries share a copy as long as it says the same, since one alone is told of changes. */
  private static Copy current(Copy old, Copy read) {
    if (old.version == read.version && old.line == read.line) {
      return old;
    }
    kill(old);
    return read;
  }

  private CompletionStage<?> create(RedisLink link, List<String> tags) {
    return run(link, TierScript.CREATE_TAGS, tags, tags.stream().map(tag -> random()).toList());
  }

  private CompletionStage<Long> run(
      RedisLink link, TierScript script, List<String> tags, List<Long> versions) {
    List<byte[]> keys = new ArrayList<>();
    keys.add(clockKey);
    tags.forEach(tag -> keys.add(key(tag)));
    List<byte[]> arguments = new ArrayList<>();
    arguments.add(bytes(Long.toString(ThreadLocalRandom.current().nextLong(LAST_START))));
    arguments.add(bytes(Long.toString(LIFETIMES * tier.liveMillis())));
    versions.forEach(
        version -> arguments.add(ByteBuffer.allocate(Long.BYTES).putLong(version).array()));
    return tier.guarded(() -> link.number(script, keys, arguments));
  }

  private static long random() {
    return ThreadLocalRandom.current().nextLong();
  }

  /**
   * Notes a removal, before it is told.
   *
   * @return the version that it will put, null if there are too many to note
   */
  @Nullable Long note(String tag) {
    if (journal.size() >= MOST_JOURNALED && !journal.containsKey(tag)) {
      return null;
    }
    long version = random();
    journal.put(tag, version);
    changed(tag);
    return version;
  }

  CompletionStage<?> remove(RedisLink link, String tag, long version) {
    return run(link, TierScript.REMOVE_TAG, List.of(tag), List.of(version))
        .thenAccept(
            done -> {
              // What was read before that is told only after this answer.
              changed(tag);
              journal.remove(tag, version);
            });
  }

  boolean isAllTold() {
    return journal.isEmpty();
  }

  /** Tells Redis what it has not confirmed. */
  CompletionStage<?> drain(RedisLink link) {
    return CompletableFuture.allOf(
        journal.entrySet().stream()
            .map(each -> remove(link, each.getKey(), each.getValue()).toCompletableFuture())
            .toArray(CompletableFuture[]::new));
  }

  /** A tag has another version now, or none. */
  void changed(String tag) {
    kill(copies.asMap().remove(tag));
  }

  /** All may have. */
  void allChanged() {
    copies.asMap().keySet().forEach(this::changed);
  }
}
