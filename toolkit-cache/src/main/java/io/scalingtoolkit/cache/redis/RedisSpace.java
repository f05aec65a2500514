// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import io.scalingtoolkit.cache.internal.Forgetting;
import io.scalingtoolkit.cache.internal.Line;
import io.scalingtoolkit.cache.internal.Mark;
import io.scalingtoolkit.cache.internal.Positions;
import io.scalingtoolkit.cache.internal.Reading;
import io.scalingtoolkit.cache.internal.Space;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The entries of one cache in Redis; thread-safe. */
final class RedisSpace implements Space {
  static final String TAG = ":tag:";

  private static final CompletionStage<List<RedisTags.Copy>> NO_TAGS =
      CompletableFuture.completedFuture(List.of());

  private final RedisTier tier;

  /** What keys of entries begin with. */
  private final String prefix;

  /** What the other keys begin with: the epoch, tags. In a cluster they are in one place. */
  private final String home;

  final RedisEpoch epoch;
  final RedisTags tags;
  private final RedisPositions positions;
  private final RedisGraves graves;
  private final RedisBulk bulk = new RedisBulk(this);
  private final int fingerprint;
  private final Listener listener;
  private final ConcurrentMap<String, CompletableFuture<Void>> waiting = new ConcurrentHashMap<>();

  final RedisJournal journal;
  final Recovery recovery;

  RedisSpace(RedisTier tier, String tierPrefix, String name, int fingerprint, Listener listener) {
    this.tier = tier;
    this.prefix = tierPrefix + ":" + name + ":";
    this.home = tierPrefix + ":{" + name + "}";
    this.positions = new RedisPositions(tier, bytes(home + ":positions"));
    this.epoch = new RedisEpoch(tier, bytes(home), positions);
    this.tags = new RedisTags(tier, home, positions);
    this.graves = new RedisGraves(tier, this);
    this.journal = new RedisJournal(tier, this::slot, graves::entomb);
    this.recovery = new Recovery(tier::now);
    this.fingerprint = fingerprint;
    this.listener = listener;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  byte[] key(String key) {
    return bytes(prefix + "{" + key + "}");
  }

  byte[] frame(char kind, long token) {
    return Frame.of(kind, fingerprint, token, epoch.current()).encoded();
  }

  private byte[] frame(long token, List<RedisTags.Copy> tags, byte @Nullable [] value) {
    return Frame.ofValue(fingerprint, token, epoch.current(), versions(tags), value).encoded();
  }

  private static List<Frame.Tag> versions(List<RedisTags.Copy> tags) {
    return tags.stream().map(copy -> new Frame.Tag(copy.tag, copy.version)).toList();
  }

  /** Sends something, if there is a connection that can be trusted with this key. */
  private <T> CompletionStage<T> ask(String key, Function<Route, CompletionStage<T>> question) {
    return journal.contains(key) ? RedisTier.nobodyThere() : ask(slot(key), question);
  }

  int slot(String key) {
    return tier.slot(key(key));
  }

  <T> CompletionStage<T> ask(int slot, Function<Route, CompletionStage<T>> question) {
    Route route = tier.routes().to(slot);
    if (route == null || epoch.isEnding()) {
      return RedisTier.nobodyThere();
    }
    if (epoch.current() != RedisEpoch.UNKNOWN) {
      return tier.send(slot, route, question);
    }
    // Without waiting, everybody would load for himself after the end of all entries.
    return epoch
        .asked()
        .thenCompose(
            done ->
                epoch.current() == RedisEpoch.UNKNOWN
                    ? RedisTier.nobodyThere()
                    : tier.send(slot, route, question));
  }

  @Override
  public CompletionStage<Reading> get(String key, Runnable ordered) {
    return this.<Reading>ask(
        key,
        route -> route.link().get(key(key), ordered).thenCompose(bytes -> reading(bytes, route)));
  }

  CompletionStage<Reading> reading(byte @Nullable [] bytes, Route route) {
    Frame frame = Frame.parse(bytes);
    Line epochLine = epoch.line(); // before the epoch, which is at least as new then
    if (frame == null || !frame.isEntryOf(fingerprint, epoch.current())) {
      return CompletableFuture.completedFuture(new Reading.Absent());
    }
    if (frame.tags().isEmpty()) {
      return CompletableFuture.completedFuture(
          present(frame, route, watch(route, epochLine, List.of())));
    }
    return tags.versions(frame.tags().stream().map(Frame.Tag::name).toList())
        .thenApply(
            current -> {
              for (int i = 0; i < current.size(); i++) {
                if (current.get(i).version != frame.tags().get(i).version()) {
                  return new Reading.Outdated(frame.token());
                }
              }
              return present(frame, route, watch(route, epochLine, current));
            });
  }

  private static Line watch(Route route, Line epochLine, List<RedisTags.Copy> copies) {
    return copies.isEmpty() && epochLine == route.line()
        ? epochLine
        : new Watch(route.line(), epochLine, copies);
  }

  private static Reading present(Frame frame, Route route, Line line) {
    return new Reading.Present(
        frame.token(),
        frame.kind() == Frame.VALUE ? frame.payload() : null,
        route.link().ageNanos(frame.createdMicros()),
        line);
  }

  @Override
  public Map<String, CompletionStage<Reading>> getAll(Map<String, Runnable> ordered) {
    return bulk.getAll(ordered);
  }

  @Override
  public @Nullable Line line(String key, long nowNanos) {
    Route route = tier.routes().to(slot(key));
    return route != null && route.line().isGood(nowNanos) && epoch.line().isGood(nowNanos)
        ? route.line()
        : null;
  }

  @Override
  public Line alone(long sinceNanos) {
    return recovery.lineSince(sinceNanos);
  }

  @Override
  public CompletionStage<@Nullable Line> verify(
      String key, long token, Line line, Runnable ordered) {
    return this.<@Nullable Line>ask(
        key,
        route -> {
          Line epochLine = epoch.line();
          return tokenThere(route, key, ordered)
              .thenCompose(
                  there ->
                      there == token
                          ? verifiedTags(route, epochLine, line)
                          : CompletableFuture.completedFuture(null));
        });
  }

  private CompletionStage<@Nullable Line> verifiedTags(Route route, Line epochLine, Line line) {
    if (!(line instanceof Watch watch)) {
      return CompletableFuture.completedFuture(watch(route, epochLine, List.of()));
    }
    return tags.versions(watch.tags().stream().map(copy -> copy.tag).toList())
        .thenApply(current -> watch.isSame(current) ? watch(route, epochLine, current) : null);
  }

  @Override
  public CompletionStage<Reading> take(String key, long token, long outdated) {
    return ask(
        key,
        route ->
            route
                .link()
                .list(
                    TierScript.TAKE,
                    key(key),
                    List.of(
                        frame(Frame.LEASE, token),
                        RedisLink.digits(tier.leaseMillis()),
                        RedisEpoch.number(outdated),
                        graves.lagMillis()))
                .thenApply(RedisSpace::taken));
  }

  private static Reading taken(List<Object> answer) {
    long kind = (Long) answer.get(0);
    String text = new String((byte[]) answer.get(2), StandardCharsets.US_ASCII);
    if (kind == 0) {
      return new Reading.Granted(text);
    }
    if (kind == 1) {
      return new Reading.Changed();
    }
    if (kind == 3) {
      return new Reading.Barred(text, ByteBuffer.wrap((byte[]) answer.get(3)).getLong());
    }
    return new Reading.Awaited(TimeUnit.MILLISECONDS.toNanos((Long) answer.get(1)));
  }

  @Override
  public CompletionStage<Long> token(String key, Runnable ordered) {
    return ask(key, route -> tokenThere(route, key, ordered));
  }

  private CompletionStage<Long> tokenThere(Route route, String key, Runnable ordered) {
    return route
        .link()
        .header(key(key), ordered)
        .thenApply(
            bytes -> {
              Frame frame = Frame.header(bytes);
              return frame != null && frame.epoch() == epoch.current() ? frame.token() : 0L;
            });
  }

  @Override
  public CompletionStage<Filled> fill(
      String key,
      long token,
      byte @Nullable [] value,
      long liveMillis,
      List<String> names,
      @Nullable Mark mark,
      Runnable ordered) {
    return ask(
        key,
        route ->
            (names.isEmpty() ? NO_TAGS : tags.versions(names))
                .thenCompose(
                    copies -> {
                      if (copies.stream().allMatch(copy -> copy.isAsOf(mark))) {
                        byte[] all = frame(token, copies, value);
                        Line watch = watch(route, epoch.line(), copies);
                        // Sent together, in this order, for one round trip.
                        return route
                            .link()
                            .number(TierScript.FILL, key(key), all, liveMillis)
                            .thenCombine(
                                tokenThere(route, key, ordered),
                                (done, there) ->
                                    new Filled(done == 1, there == token ? watch : null));
                      }
                      // Read anew the next time, should the count have begun anew.
                      names.forEach(tags::changed);
                      return release(key, token).thenApply(done -> new Filled(false, null));
                    }));
  }

  @Override
  public CompletionStage<Mark> mark() {
    return tags.mark();
  }

  @Override
  public CompletionStage<Reading> probe(String key, long outdated) {
    return ask(
        key,
        route -> {
          byte[] asked = frame(Frame.LEASE, 0);
          return route
              .link()
              .list(
                  TierScript.PROBE,
                  key(key),
                  List.of(asked, RedisEpoch.number(outdated), graves.lagMillis()))
              .thenApply(answer -> Vacancy.told(answer, asked, tier.leaseMillis()));
        });
  }

  @Override
  public CompletionStage<Boolean> fill(
      String key,
      long token,
      Reading.Vacant since,
      byte @Nullable [] value,
      long liveMillis,
      List<String> names,
      @Nullable Mark mark) {
    return ask(
        key,
        route ->
            tags.versions(names)
                .thenCompose(
                    copies -> {
                      if (!copies.stream().allMatch(copy -> copy.isAsOf(mark))) {
                        names.forEach(tags::changed);
                        return CompletableFuture.completedFuture(false);
                      }
                      Frame frame = Frame.ofValue(fingerprint, token, 0, versions(copies), value);
                      byte[] all = Vacancy.filled(since, frame);
                      return route
                          .link()
                          .number(TierScript.FILL_VACANT, key(key), all, liveMillis)
                          .thenApply(done -> done == 1);
                    }));
  }

  @Override
  public CompletionStage<?> drop(String key, long token) {
    return ask(
        key, route -> route.link().number(TierScript.DROP, key(key), frame(Frame.VALUE, token), 0));
  }

  @Override
  public CompletionStage<?> release(String key, long token) {
    return ask(
        key,
        route ->
            graves
                .lease(route, key, token, 0)
                // Redis can tell of it after the answer, and does so before the next one.
                .thenCompose(done -> route.link().time()));
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
                          route ->
                              graves
                                  .lease(route, key, token, tier.leaseMillis())
                                  .thenCombine(token(key, ordered), (a, b) -> b))
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

  @Override
  public CompletionStage<?> put(
      String key, long token, byte[] value, long liveMillis, List<String> names) {
    return ask(
        key,
        route ->
            tags.versions(names)
                .thenCompose(
                    copies ->
                        route
                            .link()
                            .number(
                                TierScript.PUT,
                                key(key),
                                frame(token, copies, value),
                                liveMillis)));
  }

  @Override
  public CompletionStage<?> invalidate(String key, Forgetting how) {
    // First, so that nobody reads it there before it is done.
    if (!journal.note(key, RedisJournal.Change.of(how))) {
      return invalidateAll(new Positions("", how.positions()));
    }
    Route route = tier.routes().to(slot(key));
    return route == null ? RedisTier.nobodyThere() : journal.tell(route, key);
  }

  @Override
  public CompletionStage<?> announce(String key, Forgetting how) {
    return ask(key, route -> graves.forget(route, key, RedisJournal.Change.of(how)));
  }

  @Override
  public CompletionStage<?> invalidateTag(String tag, Positions more) {
    RedisTags.Removal removal = tags.note(tag, more);
    if (removal == null) {
      return invalidateAll(more);
    }
    return tags.remove(tier.routes(), tag, removal);
  }

  @Override
  public CompletionStage<?> invalidateAll(Positions more) {
    epoch.end(more);
    return epoch.tell(tier.routes());
  }

  @Override
  public String positions() {
    return positions.current();
  }

  /** Tells what Redis has not confirmed, also while nobody waits for its answers. */
  void tell(Way way) {
    boolean behind = !journal.isEmpty() || !tags.isAllTold();
    recovery.look(epoch.isEnding() || behind);
    if (epoch.isEnding()) {
      var unusedEnd = epoch.tell(way);
    }
    if (behind) {
      var unusedDrain = drain(way);
    }
  }

  /** Slots have another owner, who may not have heard of what the old one was told last. */
  void moved(BitSet slots) {
    journal.moved(slots);
    epoch.moved(slots);
    tags.moved(slots);
    lost();
  }

  /** Gets ready for a connection, before it is trusted, with what is to go that way. */
  CompletionStage<?> prepare(Way way) {
    return epoch.prepare(way).thenCompose(done -> drain(way));
  }

  private CompletionStage<?> drain(Way way) {
    return journal.drain(way).thenCompose(done -> tags.drain(way));
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
    epoch.changed();
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
