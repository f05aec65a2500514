// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import io.scalingtoolkit.cache.internal.Reading;
import io.scalingtoolkit.cache.internal.Space;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The entries of one cache in Redis; thread-safe. */
final class RedisSpace implements Space {
  private static final long UNKNOWN = 0;
  private static final int MOST_JOURNALED = 10_000;

  private final RedisTier tier;
  private final String prefix;
  private final byte[] epochKey;
  private final int fingerprint;
  private final Listener listener;
  private final ConcurrentMap<String, CompletableFuture<Void>> waiting = new ConcurrentHashMap<>();

  /** Keys whose invalidation Redis has not confirmed. */
  private final ConcurrentMap<String, Long> journal = new ConcurrentHashMap<>();

  // How often all entries were to end, and which of that Redis has confirmed.
  private final AtomicLong endsAsked = new AtomicLong();
  private final AtomicLong endsDone = new AtomicLong();

  /** Of the entries that count, {@link #UNKNOWN} while that is being asked. */
  private volatile long epoch = UNKNOWN;

  /** The question that was asked last for the epoch. */
  private volatile CompletionStage<?> epochAsked = nobodyThere();

  /** How often the epoch has changed: an answer to a question from before says nothing. */
  private final AtomicLong epochChanges = new AtomicLong();

  RedisSpace(RedisTier tier, String prefix, int fingerprint, Listener listener) {
    this.tier = tier;
    this.prefix = prefix + ":";
    this.epochKey = bytes(prefix);
    this.fingerprint = fingerprint;
    this.listener = listener;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private byte[] key(String key) {
    return bytes(prefix + "{" + key + "}");
  }

  private byte[] frame(char kind, long token) {
    return Frame.of(kind, fingerprint, token, epoch).encoded();
  }

  private static <T> CompletionStage<T> nobodyThere() {
    return CompletableFuture.failedFuture(new IllegalStateException("no Redis for now"));
  }

  private byte[] frame(long token, byte @Nullable [] value) {
    return Frame.ofValue(fingerprint, token, epoch, value).encoded();
  }

  /** Sends something, if there is a connection that can be trusted with this key. */
  private <T> CompletionStage<T> ask(String key, Function<RedisLink, CompletionStage<T>> question) {
    RedisLink link = tier.link();
    if (link == null || isEnding() || journal.containsKey(key)) {
      return nobodyThere();
    }
    if (epoch != UNKNOWN) {
      return tier.guarded(() -> question.apply(link));
    }
    // Without waiting, everybody would load for himself after the end of all entries.
    CompletionStage<?> asked = epochAsked;
    return tier.guarded(
        () -> asked.thenCompose(done -> epoch == UNKNOWN ? nobodyThere() : question.apply(link)));
  }

  @Override
  public CompletionStage<Reading> get(String key, Runnable ordered) {
    return this.<Reading>ask(key, link -> link.get(key(key), ordered).thenApply(this::reading));
  }

  private Reading reading(byte @Nullable [] bytes) {
    Frame frame = Frame.parse(bytes);
    if (frame == null || !frame.isEntryOf(fingerprint, epoch)) {
      return new Reading.Absent();
    }
    return new Reading.Present(
        frame.token(),
        frame.kind() == Frame.VALUE ? frame.payload() : null,
        tier.ageNanos(frame.createdMicros()));
  }

  @Override
  public CompletionStage<Reading> take(String key, long token) {
    return ask(
        key,
        link ->
            link.list(TierScript.TAKE, key(key), frame(Frame.LEASE, token), tier.leaseMillis())
                .thenApply(this::taken));
  }

  private Reading taken(List<Object> answer) {
    long kind = (Long) answer.get(0);
    if (kind == 0) {
      return new Reading.Granted();
    }
    if (kind == 1) {
      return reading((byte[]) answer.get(1));
    }
    return new Reading.Awaited(TimeUnit.MILLISECONDS.toNanos((Long) answer.get(1)));
  }

  @Override
  public CompletionStage<Long> token(String key, Runnable ordered) {
    return ask(
        key,
        link ->
            link.header(key(key), ordered)
                .thenApply(
                    bytes -> {
                      Frame frame = Frame.parse(bytes);
                      return frame != null && frame.epoch() == epoch ? frame.token() : 0L;
                    }));
  }

  @Override
  public CompletionStage<Boolean> fill(
      String key, long token, byte @Nullable [] value, long liveMillis) {
    return ask(
        key,
        link ->
            link.number(TierScript.FILL, key(key), frame(token, value), liveMillis)
                .thenApply(done -> done == 1));
  }

  @Override
  public CompletionStage<Reading> probe(String key) {
    return ask(
        key,
        link -> {
          byte[] asked = frame(Frame.LEASE, 0);
          return link.list(TierScript.PROBE, key(key), asked, 0)
              .thenApply(answer -> probed(answer, asked));
        });
  }

  /** A mark is what there was, until when that is known to tell of invalidations, and a frame. */
  private Reading probed(List<Object> answer, byte[] asked) {
    if ((Long) answer.get(0) != 0) {
      return new Reading.Absent();
    }
    long micros = ByteBuffer.wrap((byte[]) answer.get(2)).getLong();
    ByteBuffer mark = ByteBuffer.allocate(Frame.HEADER + 3 * Long.BYTES);
    mark.put((byte[]) answer.get(1));
    mark.putLong(micros + TimeUnit.MILLISECONDS.toMicros(tier.leaseMillis()));
    mark.putLong(micros).put(asked, Frame.HEADER - Long.BYTES, Long.BYTES);
    return new Reading.Vacant(mark.array());
  }

  @Override
  public CompletionStage<Boolean> fill(
      String key, long token, Reading.Vacant since, byte @Nullable [] value, long liveMillis) {
    ByteBuffer mark = ByteBuffer.wrap(since.mark());
    byte[] until = new byte[Frame.HEADER + Long.BYTES];
    mark.get(until);
    // In the epoch of the probe: if all entries have ended since, so has this one.
    byte[] frame =
        Frame.ofValue(fingerprint, token, 0, value).since(mark.getLong(), mark.getLong()).encoded();
    byte[] all = ByteBuffer.allocate(until.length + frame.length).put(until).put(frame).array();
    return ask(
        key,
        link ->
            link.number(TierScript.FILL_VACANT, key(key), all, liveMillis)
                .thenApply(done -> done == 1));
  }

  @Override
  public CompletionStage<?> drop(String key, long token) {
    return ask(key, link -> link.number(TierScript.DROP, key(key), frame(Frame.VALUE, token), 0));
  }

  @Override
  public CompletionStage<?> release(String key, long token) {
    return ask(key, link -> link.number(TierScript.LEASE, key(key), frame(Frame.LEASE, token), 0));
  }

  @Override
  public CompletableFuture<?> keep(
      String key, long token, Runnable before, Runnable ordered, Runnable lost) {
    ScheduledFuture<?> renewal =
        tier.every(
            tier.leaseMillis() / 3,
            () -> {
              before.run();
              var unused =
                  ask(
                          key,
                          link ->
                              renew(link, key, token).thenCombine(token(key, ordered), (a, b) -> b))
                      .thenAccept(
                          there -> {
                            if (there != token) {
                              lost.run();
                            }
                          });
            });
    CompletableFuture<?> kept = new CompletableFuture<>();
    var unused = kept.whenComplete((nothing, problem) -> renewal.cancel(false));
    return kept;
  }

  private CompletionStage<Long> renew(RedisLink link, String key, long token) {
    return link.number(TierScript.LEASE, key(key), frame(Frame.LEASE, token), tier.leaseMillis());
  }

  @Override
  public CompletionStage<?> put(String key, long token, byte[] value, long liveMillis) {
    return ask(key, link -> link.number(TierScript.PUT, key(key), frame(token, value), liveMillis));
  }

  @Override
  public CompletionStage<?> invalidate(String key) {
    // First, so that nobody reads it there before it is done.
    long token = ThreadLocalRandom.current().nextLong();
    if (journal.size() < MOST_JOURNALED) {
      journal.put(key, token);
    } else {
      endsAsked.incrementAndGet();
    }
    RedisLink link = tier.link();
    return link == null ? nobodyThere() : entomb(link, key, token);
  }

  private CompletionStage<?> entomb(RedisLink link, String key, long token) {
    return tier.guarded(() -> link.set(key(key), frame(Frame.TOMBSTONE, token), tier.leaseMillis()))
        .thenAccept(done -> journal.remove(key, token));
  }

  @Override
  public CompletionStage<?> invalidateAll() {
    endsAsked.incrementAndGet();
    RedisLink link = tier.link();
    return link == null ? nobodyThere() : renewEpoch(link);
  }

  private CompletionStage<?> renewEpoch(RedisLink link) {
    long asked = endsAsked.get();
    long next = ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE);
    return tier.guarded(() -> link.set(epochKey, number(next)))
        .thenCompose(
            done -> {
              endsDone.accumulateAndGet(asked, Math::max);
              return readEpoch(link);
            });
  }

  private static byte[] number(long value) {
    return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
  }

  /**
   * Learns which entries count, and makes sure that changes of that are told. It is set before it
   * is asked for: the other way round Redis would tell of a change that was made here.
   */
  CompletionStage<?> readEpoch(RedisLink link) {
    long changes = epochChanges.get();
    long first = ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE);
    CompletionStage<?> asked =
        tier.guarded(() -> link.setIfAbsent(epochKey, number(first)))
            .thenCompose(done -> tier.guarded(() -> link.get(epochKey, () -> {})))
            .thenAccept(bytes -> learnEpoch(epochIn(bytes), changes));
    epochAsked = asked;
    return asked;
  }

  private static long epochIn(byte @Nullable [] bytes) {
    if (bytes == null || bytes.length != Long.BYTES) {
      throw new IllegalStateException(
          "the epoch must have 8 bytes, had " + (bytes == null ? 0 : bytes.length));
    }
    return ByteBuffer.wrap(bytes).getLong();
  }

  private synchronized void learnEpoch(long told, long changes) {
    if (epochChanges.get() == changes) {
      epoch = told;
    }
  }

  private synchronized void askEpochAgain() {
    epochChanges.incrementAndGet();
    RedisLink link = tier.link();
    if (link == null) {
      epochAsked = nobodyThere();
    } else {
      var unused = readEpoch(link);
    }
    epoch = UNKNOWN; // only now, so that who sees it waits for that question
  }

  /** Asks and tells what should have been before; from time to time, since either can fail. */
  void catchUp(RedisLink link) {
    if (epoch == UNKNOWN) {
      var unused = readEpoch(link);
    }
    if (isEnding() || !journal.isEmpty()) {
      var unusedDrain = drain(link);
    }
  }

  /** Tells Redis what it has not confirmed; to be done before a connection is trusted. */
  CompletionStage<?> drain(RedisLink link) {
    CompletableFuture<?>[] all =
        journal.entrySet().stream()
            .map(each -> entomb(link, each.getKey(), each.getValue()).toCompletableFuture())
            .toArray(CompletableFuture[]::new);
    CompletionStage<?> keys = CompletableFuture.allOf(all);
    return isEnding() ? keys.thenCompose(done -> renewEpoch(link)) : keys;
  }

  /** Tells whether all entries are to end and Redis has not confirmed it. */
  private boolean isEnding() {
    return endsDone.get() < endsAsked.get();
  }

  @Override
  public CompletableFuture<Void> nextChange(String key) {
    return waiting.computeIfAbsent(key, same -> new CompletableFuture<>());
  }

  /** Tells that a key of Redis has changed, if it is one of this cache. */
  void changed(String redisKey) {
    if (redisKey.length() < prefix.length()) {
      epochChanged();
      return;
    }
    String key = redisKey.substring(prefix.length() + 1, redisKey.length() - 1);
    listener.changed(key);
    wake(key);
  }

  /** Tells that all keys have changed. */
  void allChanged() {
    epochChanged();
    lost();
  }

  private void epochChanged() {
    askEpochAgain();
    listener.allChanged();
  }

  /** Tells that changes are not told of any more: whoever waits for one has to look. */
  void lost() {
    waiting.keySet().forEach(this::wake);
  }

  private void wake(String key) {
    CompletableFuture<Void> waiter = waiting.remove(key);
    if (waiter != null) {
      tier.elsewhere(() -> waiter.complete(null));
    }
  }
}
