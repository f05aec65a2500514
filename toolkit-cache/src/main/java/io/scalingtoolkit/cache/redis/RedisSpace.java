// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import io.scalingtoolkit.cache.internal.Line;
import io.scalingtoolkit.cache.internal.Mark;
import io.scalingtoolkit.cache.internal.Reading;
import io.scalingtoolkit.cache.internal.Space;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
  static final String TAG = ":tag:";
  private static final int MOST_IN_ONE = 1_000;

  private final RedisTier tier;

  /** What keys of entries begin with. */
  private final String prefix;

  /** What the other keys begin with: the epoch, tags. In a cluster they are in one place. */
  private final String home;

  private final RedisTags tags;
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

  RedisSpace(RedisTier tier, String tierPrefix, String name, int fingerprint, Listener listener) {
    this.tier = tier;
    this.prefix = tierPrefix + ":" + name + ":";
    this.home = tierPrefix + ":{" + name + "}";
    this.epochKey = bytes(home);
    this.tags = new RedisTags(tier, home);
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

  private byte[] frame(long token, List<RedisTags.Copy> tags, byte @Nullable [] value) {
    List<Frame.Tag> versions =
        tags.stream().map(copy -> new Frame.Tag(copy.tag, copy.version)).toList();
    return Frame.ofValue(fingerprint, token, epoch, versions, value).encoded();
  }

  /** Sends something, if there is a connection that can be trusted with this key. */
  private <T> CompletionStage<T> ask(String key, Function<RedisLink, CompletionStage<T>> question) {
    return journal.containsKey(key) ? nobodyThere() : ask(question);
  }

  private <T> CompletionStage<T> ask(Function<RedisLink, CompletionStage<T>> question) {
    RedisLink link = tier.link();
    if (link == null || isEnding()) {
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
    return this.<Reading>ask(
        key, link -> link.get(key(key), ordered).thenCompose(bytes -> reading(bytes, link)));
  }

  private CompletionStage<Reading> reading(byte @Nullable [] bytes, RedisLink link) {
    Frame frame = Frame.parse(bytes);
    if (frame == null || !frame.isEntryOf(fingerprint, epoch)) {
      return CompletableFuture.completedFuture(new Reading.Absent());
    }
    if (frame.tags().isEmpty()) {
      return CompletableFuture.completedFuture(present(frame, link));
    }
    return tags.versions(link, frame.tags().stream().map(Frame.Tag::name).toList())
        .thenApply(
            current -> {
              for (int i = 0; i < current.size(); i++) {
                if (current.get(i).version != frame.tags().get(i).version()) {
                  return new Reading.Outdated(frame.token());
                }
              }
              return present(frame, new Watch(link, current));
            });
  }

  private Reading present(Frame frame, Line line) {
    return new Reading.Present(
        frame.token(),
        frame.kind() == Frame.VALUE ? frame.payload() : null,
        tier.ageNanos(frame.createdMicros()),
        line);
  }

  @Override
  public Map<String, CompletionStage<Reading>> getAll(Map<String, Runnable> ordered) {
    Map<String, CompletionStage<Reading>> answers = new LinkedHashMap<>();
    List<String> names = List.copyOf(ordered.keySet());
    for (int from = 0; from < names.size(); from += MOST_IN_ONE) {
      List<String> part = names.subList(from, Math.min(names.size(), from + MOST_IN_ONE));
      List<String> open = part.stream().filter(key -> !journal.containsKey(key)).toList();
      part.forEach(key -> answers.put(key, nobodyThere()));
      if (!open.isEmpty()) {
        getAtOnce(open, ordered, answers);
      }
    }
    return answers;
  }

  private void getAtOnce(
      List<String> keys,
      Map<String, Runnable> ordered,
      Map<String, CompletionStage<Reading>> answers) {
    List<byte[]> redisKeys = keys.stream().map(this::key).toList();
    Runnable all = () -> keys.forEach(key -> ordered.getOrDefault(key, () -> {}).run());
    CompletionStage<List<CompletionStage<Reading>>> asked =
        this.<List<CompletionStage<Reading>>>ask(
            link ->
                link.getAll(redisKeys, found -> all.run())
                    .thenApply(found -> readings(found, link)));
    for (int i = 0; i < keys.size(); i++) {
      int at = i;
      answers.put(keys.get(i), asked.thenCompose(found -> found.get(at)));
    }
  }

  private List<CompletionStage<Reading>> readings(List<byte[]> found, RedisLink link) {
    List<Frame> frames = found.stream().map(Frame::parse).filter(Objects::nonNull).toList();
    List<String> names =
        frames.stream()
            .flatMap(frame -> frame.tags().stream().map(Frame.Tag::name))
            .distinct()
            .toList();
    // All in one question, so that none of them has to ask.
    CompletionStage<?> known = tags.versions(link, names).exceptionally(problem -> List.of());
    return found.stream().map(bytes -> known.thenCompose(done -> reading(bytes, link))).toList();
  }

  @Override
  public @Nullable Line line(String key, long nowNanos) {
    return tier.line(nowNanos);
  }

  @Override
  public CompletionStage<@Nullable Line> verify(
      String key, long token, Line line, Runnable ordered) {
    return this.<@Nullable Line>ask(
        key,
        link ->
            tokenThere(link, key, ordered)
                .thenCompose(
                    there ->
                        there == token
                            ? verifiedTags(link, line)
                            : CompletableFuture.completedFuture(null)));
  }

  private CompletionStage<@Nullable Line> verifiedTags(RedisLink link, Line line) {
    if (!(line instanceof Watch watch)) {
      return CompletableFuture.completedFuture(link);
    }
    return tags.versions(link, watch.tags().stream().map(copy -> copy.tag).toList())
        .thenApply(current -> watch.isSame(current) ? new Watch(link, current) : null);
  }

  @Override
  public CompletionStage<Reading> take(String key, long token, long outdated) {
    return ask(
        key,
        link ->
            link.list(
                    TierScript.TAKE,
                    key(key),
                    List.of(
                        frame(Frame.LEASE, token),
                        RedisLink.digits(tier.leaseMillis()),
                        number(outdated)))
                .thenApply(RedisSpace::taken));
  }

  private static Reading taken(List<Object> answer) {
    long kind = (Long) answer.get(0);
    if (kind == 0) {
      return new Reading.Granted();
    }
    if (kind == 1) {
      return new Reading.Changed();
    }
    return new Reading.Awaited(TimeUnit.MILLISECONDS.toNanos((Long) answer.get(1)));
  }

  @Override
  public CompletionStage<Long> token(String key, Runnable ordered) {
    return ask(key, link -> tokenThere(link, key, ordered));
  }

  private CompletionStage<Long> tokenThere(RedisLink link, String key, Runnable ordered) {
    return link.header(key(key), ordered)
        .thenApply(
            bytes -> {
              Frame frame = Frame.header(bytes);
              return frame != null && frame.epoch() == epoch ? frame.token() : 0L;
            });
  }

  @Override
  public CompletionStage<@Nullable Line> fill(
      String key,
      long token,
      byte @Nullable [] value,
      long liveMillis,
      List<String> names,
      @Nullable Mark mark) {
    if (names.isEmpty()) {
      return this.<@Nullable Line>ask(
          key, link -> fill(link, key, frame(token, List.of(), value), liveMillis, link));
    }
    return this.<@Nullable Line>ask(
        key,
        link ->
            tags.versions(link, names)
                .thenCompose(
                    copies -> {
                      if (copies.stream().allMatch(copy -> copy.isAsOf(mark))) {
                        Watch watch = new Watch(link, copies);
                        return fill(link, key, frame(token, copies, value), liveMillis, watch);
                      }
                      // Read anew the next time, should the count have begun anew.
                      names.forEach(tags::changed);
                      return release(key, token).thenApply(done -> null);
                    }));
  }

  private CompletionStage<@Nullable Line> fill(
      RedisLink link, String key, byte[] frame, long liveMillis, Line line) {
    return link.number(TierScript.FILL, key(key), frame, liveMillis)
        .thenApply(done -> done == 1 ? line : null);
  }

  @Override
  public CompletionStage<Mark> mark() {
    return ask(tags::mark);
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
  public CompletionStage<?> put(
      String key, long token, byte[] value, long liveMillis, List<String> names) {
    return ask(
        key,
        link ->
            tags.versions(link, names)
                .thenCompose(
                    copies ->
                        link.number(
                            TierScript.PUT, key(key), frame(token, copies, value), liveMillis)));
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
  public CompletionStage<?> invalidateTag(String tag) {
    Long version = tags.note(tag);
    if (version == null) {
      return invalidateAll();
    }
    RedisLink link = tier.link();
    return link == null ? nobodyThere() : tags.remove(link, tag, version);
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
    if (isEnding() || !journal.isEmpty() || !tags.isAllTold()) {
      var unusedDrain = drain(link);
    }
  }

  /** Tells Redis what it has not confirmed; to be done before a connection is trusted. */
  CompletionStage<?> drain(RedisLink link) {
    CompletableFuture<?>[] all =
        journal.entrySet().stream()
            .map(each -> entomb(link, each.getKey(), each.getValue()).toCompletableFuture())
            .toArray(CompletableFuture[]::new);
    CompletionStage<?> keys = CompletableFuture.allOf(all).thenCompose(done -> tags.drain(link));
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
    if (redisKey.startsWith(home)) {
      if (redisKey.length() == home.length()) {
        epochChanged();
      } else if (redisKey.startsWith(TAG, home.length())) {
        tags.changed(redisKey.substring(home.length() + TAG.length()));
      }
      return;
    }
    String key = redisKey.substring(prefix.length() + 1, redisKey.length() - 1);
    listener.changed(key);
    wake(key);
  }

  /** Tells that all keys have changed. */
  void allChanged() {
    epochChanged();
    tags.allChanged();
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
