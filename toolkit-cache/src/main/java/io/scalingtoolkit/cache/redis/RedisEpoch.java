// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import io.scalingtoolkit.cache.internal.Line;
import io.scalingtoolkit.cache.internal.Positions;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * What all entries of a cache that count have in common, a random number in one key of Redis;
 * thread-safe. Another number ends them all.
 */
final class RedisEpoch {
  static final long UNKNOWN = 0;
  private static final Line NOT_ASKED = now -> false;

  private final RedisTier tier;
  private final byte[] key;
  private final int slot;
  private final RedisPositions positions;

  /** Added to the positions with the next end, and not confirmed. */
  private final AtomicReference<Positions> added = new AtomicReference<>(Positions.NONE);

  // How often all entries were to end, and which of that Redis has confirmed.
  private final AtomicLong endsAsked = new AtomicLong();
  private final AtomicLong endsDone = new AtomicLong();

  /** How often it has changed: an answer to a question from before says nothing. */
  private final AtomicLong changes = new AtomicLong();

  private volatile long endedNanos;
  private volatile Positions last = Positions.NONE;
  private volatile long current = UNKNOWN;
  private volatile Line line = NOT_ASKED;
  private volatile CompletionStage<?> asked = RedisTier.nobodyThere();

  RedisEpoch(RedisTier tier, byte[] key, RedisPositions positions) {
    this.tier = tier;
    this.positions = positions;
    this.key = key;
    this.slot = tier.slot(key);
  }

  /** Returns the number, {@link #UNKNOWN} while that is being asked. */
  long current() {
    return current;
  }

  /** Returns what tells of changes to it. */
  Line line() {
    return line;
  }

  /** Returns the question that is on its way, and asks it if there is none. */
  synchronized CompletionStage<?> asked() {
    if (current == UNKNOWN && asked.toCompletableFuture().isDone()) {
      asked = read(tier.routes());
    }
    return asked;
  }

  /** Tells whether all entries are to end and Redis has not confirmed it. */
  boolean isEnding() {
    return endsDone.get() < endsAsked.get();
  }

  /** Notes that all entries are to end, and what later loads must not be older than. */
  void end(Positions more) {
    added.accumulateAndGet(more, Positions::and);
    last = more;
    endedNanos = tier.now();
    endsAsked.incrementAndGet();
  }

  /** Slots have another owner, who may not have heard of the last end. */
  void moved(BitSet slots) {
    if (slots.get(slot) && endsAsked.get() > 0 && RedisTier.isRecent(tier.now() - endedNanos)) {
      added.accumulateAndGet(last, Positions::and);
      endsAsked.incrementAndGet();
    }
  }

  /** Tells Redis of it. */
  CompletionStage<?> tell(Way way) {
    Route route = way.to(slot);
    if (route == null) {
      return RedisTier.nobodyThere();
    }
    long until = endsAsked.get();
    byte[] next = number(ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE));
    Positions adding = Objects.requireNonNull(added.get());
    List<byte[]> arguments = positions.arguments(next, adding);
    return tier.send(
            slot,
            route,
            each ->
                each.link()
                    .bytes(TierScript.END_ALL, List.of(key, positions.key), arguments)
                    .thenAccept(done -> ended(adding, until)))
        .thenCompose(done -> read(way));
  }

  /** Redis has confirmed an end, perhaps when nobody waited for it any more. */
  private synchronized void ended(Positions adding, long until) {
    added.compareAndSet(adding, Positions.NONE);
    // The number is not the one that was read before, and nobody may go by that one now.
    changes.incrementAndGet();
    current = UNKNOWN;
    endsDone.accumulateAndGet(until, Math::max);
  }

  static byte[] number(long value) {
    return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
  }

  /**
   * Learns the number, and makes sure that changes are told. It is set before it is asked for: the
   * other way round Redis would tell of a change that was made here.
   */
  CompletionStage<?> read(Way way) {
    Route route = way.to(slot);
    if (route == null) {
      return RedisTier.nobodyThere();
    }
    long before = changes.get();
    byte[] first = number(ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE));
    CompletionStage<?> question =
        tier.send(slot, route, each -> each.link().setIfAbsent(key, first))
            .thenCompose(
                done ->
                    tier.send(
                        slot,
                        route,
                        each ->
                            each.link()
                                .getAll(List.of(key, positions.key), answer -> {})
                                .thenAccept(answer -> learn(answer, each.line(), before))));
    asked = question;
    return question;
  }

  private static long in(byte @Nullable [] bytes) {
    if (bytes == null || bytes.length != Long.BYTES) {
      throw new IllegalStateException(
          "the epoch must have 8 bytes, had " + (bytes == null ? 0 : bytes.length));
    }
    return ByteBuffer.wrap(bytes).getLong();
  }

  private synchronized void learn(List<byte[]> answer, Line over, long before) {
    long told = in(answer.get(0));
    if (changes.get() == before) {
      var unused = positions.learn(answer.get(1));
      current = told;
      line = over;
    }
  }

  /** It has changed. */
  synchronized void changed() {
    changes.incrementAndGet();
    asked = CompletableFuture.completedFuture(null).thenCompose(done -> read(tier.routes()));
    current = UNKNOWN; // only now, so that who sees it waits for that question
  }

  /** Asks for it if it is not known, or not for much longer. */
  void catchUp(Way way) {
    // Ahead of its end, where nobody tells of changes.
    if (current == UNKNOWN || !line.isGood(tier.now() + tier.boundNanos() / 2)) {
      var unused = read(way);
    }
  }

  /** Asks and tells what should have been before; nothing if the key is elsewhere. */
  CompletionStage<?> prepare(Way way) {
    if (way.to(slot) == null) {
      return CompletableFuture.completedFuture(null);
    }
    return isEnding() ? tell(way) : read(way);
  }
}
