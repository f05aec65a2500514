// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.scalingtoolkit.cache.internal.Line;
import io.scalingtoolkit.cache.internal.Mark;
import io.scalingtoolkit.cache.internal.Positions;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
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
  private final RedisPositions positions;
  private final byte[] clockKey;

  /** Of all of them. */
  private final int slot;

  private final AtomicLong order = new AtomicLong();

  /** Tags whose removal Redis has not confirmed. */
  private final ConcurrentMap<String, Removal> journal = new ConcurrentHashMap<>();

  /** Questions on their way, by what tells of changes to their answers. */
  private final ConcurrentMap<Question, CompletableFuture<List<Copy>>> asked =
      new ConcurrentHashMap<>();

  /** Tags whose removal a node could have confirmed and then lost. */
  private final Cache<String, Removal> recent;

  /** What is thrown out here is not told of changes any more, so it is dead. */
  private final Cache<String, Copy> copies =
      Caffeine.newBuilder()
          .maximumSize(MOST_COPIES)
          .executor(Runnable::run)
          .<String, Copy>evictionListener((tag, copy, cause) -> kill(copy))
          .build();

  RedisTags(RedisTier tier, String home, RedisPositions positions) {
    this.tier = tier;
    this.positions = positions;
    this.prefix = home + RedisSpace.TAG;
    this.clockKey = bytes(home + ":tags");
    this.slot = tier.slot(clockKey);
    this.recent = tier.recent(MOST_JOURNALED);
  }

  /**
   * A removal that Redis has not confirmed; immutable.
   *
   * @param version that it will put
   * @param positions that it adds to those of all keys
   */
  record Removal(long version, Positions positions) {}

  /** Immutable. */
  private record Question(Line line, List<String> tags) {}

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
  CompletionStage<Mark> mark() {
    long asked = order.incrementAndGet();
    List<byte[]> keys = List.of(clockKey, positions.key);
    return tier.send(slot, route -> route.link().getAll(keys, answer -> {}))
        .thenCompose(
            answer ->
                answer.get(0) == null
                    ? create(List.of()).thenCompose(done -> mark())
                    : CompletableFuture.completedFuture(
                        new Mark(positions.learn(answer.get(1)), number(answer.get(0)), asked)));
  }

  private static long number(byte[] digits) {
    return Long.parseLong(new String(digits, StandardCharsets.US_ASCII));
  }

  /** Returns copies of the versions of tags, reading those that are not there. */
  CompletionStage<List<Copy>> versions(List<String> tags) {
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
    return known.size() == tags.size() ? CompletableFuture.completedFuture(known) : joined(tags);
  }

  /** Joins the same question if that is on its way, since its answer is not older than a copy. */
  private CompletionStage<List<Copy>> joined(List<String> tags) {
    Route route = tier.routes().to(slot);
    if (route == null) {
      return RedisTier.nobodyThere();
    }
    Question question = new Question(route.line(), tags);
    CompletableFuture<List<Copy>> mine = new CompletableFuture<>();
    CompletableFuture<List<Copy>> other = asked.putIfAbsent(question, mine);
    if (other != null) {
      return other;
    }
    var unused =
        read(tags, true)
            .whenComplete(
                (found, problem) -> {
                  asked.remove(question, mine);
                  if (problem == null) {
                    mine.complete(found);
                  } else {
                    mine.completeExceptionally(problem);
                  }
                });
    return mine;
  }

  private CompletionStage<List<Copy>> read(List<String> tags, boolean creates) {
    List<byte[]> keys = new ArrayList<>();
    keys.add(clockKey);
    tags.forEach(tag -> keys.add(key(tag)));
    List<Copy> made = new ArrayList<>();
    // Made where the answer comes in, so that what is told of the tags after it finds them.
    return tier.send(
            slot, route -> route.link().getAll(keys, answer -> keep(route, tags, answer, made)))
        .thenCompose(
            answer -> {
              if (made.size() == tags.size()) {
                return CompletableFuture.completedFuture(made);
              }
              return creates
                  ? create(tags).thenCompose(done -> read(tags, false))
                  : CompletableFuture.failedFuture(new IllegalStateException("tags do not stay"));
            });
  }

  private void keep(Route route, List<String> tags, List<byte[]> answer, List<Copy> made) {
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
        Copy copy =
            new Copy(tags.get(i), fields.getLong(), removed, number(count), heard, route.line());
        // Nobody would tell of a change to one that is kept for others.
        made.add(
            route.link().isTracking()
                ? copies.asMap().merge(copy.tag, copy, RedisTags::current)
                : copy);
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

  private CompletionStage<?> create(List<String> tags) {
    List<byte[]> keys = new ArrayList<>();
    keys.add(clockKey);
    tags.forEach(tag -> keys.add(key(tag)));
    List<byte[]> arguments = new ArrayList<>(beginning());
    tags.forEach(tag -> arguments.add(version(random())));
    return tier.send(slot, route -> route.link().number(TierScript.CREATE_TAGS, keys, arguments));
  }

  private List<byte[]> beginning() {
    long start = ThreadLocalRandom.current().nextLong(LAST_START);
    return List.of(RedisLink.digits(start), RedisLink.digits(LIFETIMES * tier.liveMillis()));
  }

  private static byte[] version(long version) {
    return ByteBuffer.allocate(Long.BYTES).putLong(version).array();
  }

  private static long random() {
    return ThreadLocalRandom.current().nextLong();
  }

  /**
   * Notes a removal, before it is told.
   *
   * @return null if there are too many to note
   */
  @Nullable Removal note(String tag, Positions more) {
    if (journal.size() >= MOST_JOURNALED && !journal.containsKey(tag)) {
      return null;
    }
    Removal removal = new Removal(random(), more);
    recent.asMap().merge(tag, removal, RedisTags::both);
    Removal both = journal.merge(tag, removal, RedisTags::both);
    changed(tag);
    return both;
  }

  private static Removal both(Removal before, Removal after) {
    return new Removal(after.version(), before.positions().and(after.positions()));
  }

  CompletionStage<?> remove(Way way, String tag, Removal removal) {
    Route route = way.to(slot);
    if (route == null) {
      return RedisTier.nobodyThere();
    }
    List<byte[]> keys = List.of(clockKey, key(tag), positions.key);
    List<byte[]> arguments = new ArrayList<>(beginning());
    arguments.addAll(positions.arguments(version(removal.version()), removal.positions()));
    // Also if the answer comes when nobody waits for it any more.
    return tier.send(
        slot,
        route,
        each ->
            each.link()
                .bytes(TierScript.REMOVE_TAG, keys, arguments)
                .thenAccept(there -> removed(tag, removal, there)));
  }

  private void removed(String tag, Removal removal, byte @Nullable [] there) {
    var unused = positions.learn(there);
    // What was read before that is told only after this answer.
    changed(tag);
    journal.remove(tag, removal);
  }

  boolean isAllTold() {
    return journal.isEmpty();
  }

  /** Slots have another owner, who may not have heard of the last removals. */
  void moved(BitSet slots) {
    if (slots.get(slot)) {
      recent
          .asMap()
          .forEach(
              (tag, removal) ->
                  journal.putIfAbsent(tag, new Removal(random(), removal.positions())));
    }
  }

  /** Tells Redis what it has not confirmed. */
  CompletionStage<?> drain(Way way) {
    if (way.to(slot) == null) {
      return CompletableFuture.completedFuture(null);
    }
    return CompletableFuture.allOf(
        journal.entrySet().stream()
            .map(each -> remove(way, each.getKey(), each.getValue()).toCompletableFuture())
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
