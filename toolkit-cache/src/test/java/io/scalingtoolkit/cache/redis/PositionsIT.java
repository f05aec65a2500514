// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.lettuce.core.RedisClient;
import io.scalingtoolkit.cache.KeyCodec;
import io.scalingtoolkit.cache.Lookup;
import io.scalingtoolkit.cache.TieredCache;
import io.scalingtoolkit.cache.TieredCacheBuilder;
import io.scalingtoolkit.cache.ValueCodec;
import io.scalingtoolkit.core.consistency.Bookmark;
import io.scalingtoolkit.core.consistency.ConsistencyScope;
import io.scalingtoolkit.core.consistency.Position;
import io.scalingtoolkit.testkit.redis.RedisExtension;
import io.scalingtoolkit.testkit.redis.RedisServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What loads in one process are asked to see of invalidations in another one. */
@SuppressWarnings("try") // scopes are opened for what happens inside them
final class PositionsIT {
  @RegisterExtension static final RedisExtension REDIS = RedisExtension.of(RedisServer.builder());

  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final Duration LEASE = Duration.ofMillis(300);

  private RedisClient client;
  private RedisTier here;
  private RedisTier there;
  private TieredCache<String, String> writer;
  private TieredCache<String, String> reader;

  /** Of sources that each invalidation has of its own, those that a load is asked to see. */
  private final Map<String, Set<String>> seen = new ConcurrentHashMap<>();

  @BeforeEach
  void open() {
    client = RedisClient.create(REDIS.server().uri());
    here = tier();
    there = tier();
    writer = cache(here, "plain").build();
    reader = cache(there, "plain").build();
  }

  private RedisTier tier() {
    RedisTier tier = RedisTier.builder(client).timeout(Duration.ofSeconds(5)).lease(LEASE).build();
    await().atMost(PATIENCE).until(tier::isConnected);
    return tier;
  }

  private static TieredCacheBuilder<String, String> cache(RedisTier tier, String name) {
    return TieredCache.<String, String>builder(name)
        .shared(tier, KeyCodec.strings(), ValueCodec.utf8());
  }

  @AfterEach
  void close() {
    writer.close();
    reader.close();
    here.close();
    there.close();
    client.shutdown();
  }

  /** Does something as one who has written a source, at a position that nobody knows here. */
  private static void wrote(String source, Runnable action) {
    try (ConsistencyScope scope =
        ConsistencyScope.open(Bookmark.of(source, Position.unresolved()))) {
      action.run();
    }
  }

  private String load(String key) {
    ConsistencyScope scope = ConsistencyScope.current();
    seen.put(key, scope == null ? Set.of() : new TreeSet<>(scope.bookmark().sources()));
    return "v";
  }

  private Set<String> seenBy(TieredCache<String, String> cache, String key) {
    seen.remove(key);
    cache.get(key, this::load);
    return seen.getOrDefault(key, Set.of("not loaded"));
  }

  @Test
  void load_ofWhatTheOtherInvalidated_isAskedToSeeWhatThatHadWritten() {
    wrote("db", () -> writer.invalidate("a"));

    assertThat(seenBy(reader, "b")).as("another key").isEmpty();
    assertThat(seenBy(reader, "a")).containsExactly("db");
    assertThat(ConsistencyScope.current()).isNull();
  }

  @Test
  void load_withoutAPositionKnown_isAskedNothing() {
    writer.invalidate("a");

    assertThat(seenBy(reader, "a")).isEmpty();
    assertThat(seenBy(writer, "b")).isEmpty();
  }

  @Test
  void load_afterSeveralInvalidations_isAskedToSeeAllOfThem() {
    wrote("db1", () -> writer.invalidate("a"));
    wrote("db2", () -> reader.invalidate("a"));
    writer.invalidate("a");

    try (RedisTier tier = tier();
        TieredCache<String, String> third = cache(tier, "plain").build()) {
      assertThat(seenBy(third, "a")).containsExactly("db1", "db2");
    }
  }

  @Test
  void load_thatFailed_leavesItToTheNextOne() {
    wrote("db", () -> writer.invalidate("a"));
    assertThatThrownBy(
            () ->
                reader.get(
                    "a",
                    key -> {
                      throw new IllegalStateException("of the loader");
                    }))
        .hasMessage("of the loader");

    assertThat(seenBy(reader, "a")).containsExactly("db");
  }

  /** The position outlives the tombstone and the lease of one who died. */
  @Test
  void load_afterTheHolderOfTheLeaseWasGone_isAskedToo() throws InterruptedException {
    wrote("db", () -> writer.invalidate("a"));
    RedisTier dying = tier();
    TieredCache<String, String> abandoned = cache(dying, "plain").build();
    CountDownLatch loading = new CountDownLatch(1);
    CountDownLatch over = new CountDownLatch(1);
    var unused =
        abandoned.getAsync(
            "a",
            key -> {
              loading.countDown();
              over.await();
              return "old";
            });
    loading.await();
    dying.close();

    assertThat(seenBy(reader, "a")).containsExactly("db");
    over.countDown();
  }

  @Test
  void getAll_isAskedWhatEachOfItsKeysIs() {
    wrote("db1", () -> writer.invalidate("a"));
    wrote("db2", () -> writer.invalidate("b"));
    List<Set<String>> asked = new ArrayList<>();
    reader.getAll(
        List.of("a", "b", "c"),
        keys -> {
          asked.add(new TreeSet<>(ConsistencyScope.current().bookmark().sources()));
          return Map.of("a", "v", "b", "v", "c", "v");
        });

    assertThat(asked).containsExactly(Set.of("db1", "db2"));
  }

  @Test
  void lookup_hasTheCallersSessionAsk_andWithoutOneKeepsNothing() {
    wrote("db", () -> writer.invalidate("a"));

    Lookup<String> without = reader.lookup("a");
    assertThat(without.fill("v")).isFalse();
    try (ConsistencyScope scope = ConsistencyScope.open()) {
      Lookup<String> within = reader.lookup("a");
      assertThat(scope.bookmark().sources()).containsExactly("db");
      assertThat(within.fill("v")).isTrue();
    }
    assertThat(reader.lookup("a").isPresent()).isTrue();
  }

  @Test
  void load_afterAllWereInvalidated_isAskedToo() {
    wrote("db", () -> writer.invalidateAll());

    await().atMost(PATIENCE).untilAsserted(() -> assertSees("any", "db"));
  }

  private void assertSees(String key, String... sources) {
    reader.invalidate(key);
    assertThat(seenBy(reader, key)).containsExactly(sources);
  }

  @Test
  void load_afterATagWasInvalidated_isAskedToo() {
    tagged(
        cache -> {
          try (TieredCache<String, String> other =
              cache(there, "tagged").tags((key, value) -> List.of("t")).build()) {
            wrote("db1", () -> cache.invalidateTag("t"));
            wrote("db2", () -> other.invalidateTag("t"));
            assertThat(seenBy(cache, "a")).containsExactly("db1", "db2");
            assertThat(seenBy(other, "b")).containsExactly("db1", "db2");
          }
        });
  }

  /** Else what is kept in Redis would grow with each, and then ask for primaries. */
  @Test
  void manyRemovalsOfTags_areMergedIntoOnePosition() {
    tagged(
        cache -> {
          for (int i = 0; i < 200; i++) {
            wrote("db" + i % 10, () -> cache.invalidateTag("t"));
          }
          assertThat(seenBy(cache, "a")).hasSize(10).contains("db0", "db9");
          String kept = client.connect().sync().get("cache:{tagged}:positions");
          assertThat(kept).doesNotContain(",").isNotEqualTo("*");
        });
  }

  private void tagged(Consumer<TieredCache<String, String>> test) {
    try (TieredCache<String, String> cache =
        cache(here, "tagged").tags((key, value) -> List.of("t")).build()) {
      test.accept(cache);
    }
  }

  /** What Redis has not heard yet does not replace one another. */
  @Test
  void invalidatedWithoutRedis_isAskedWhenRedisIsBack() {
    REDIS.server().kill();
    wrote("db1", () -> writer.invalidate("a"));
    wrote("db2", () -> writer.invalidate("a"));
    wrote("db3", () -> writer.invalidateAll());
    REDIS.server().restart();
    await().atMost(PATIENCE).until(() -> here.isConnected() && there.isConnected());

    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(seenBy(reader, "a")).containsExactly("db1", "db2", "db3"));
  }

  @Test
  void miss_withAPosition_takesNoMoreCommands() {
    seenBy(reader, "warm");
    writer.invalidate("a");
    List<Long> without = commandsOf(() -> seenBy(reader, "a"));
    wrote("db", () -> writer.invalidate("b"));
    List<Long> with = commandsOf(() -> seenBy(reader, "b"));

    assertThat(with).isEqualTo(without);
  }

  private static List<Long> commandsOf(Runnable action) {
    List<Long> before = calls();
    action.run();
    List<Long> after = calls();
    List<Long> difference = new ArrayList<>();
    for (int i = 0; i < before.size(); i++) {
      difference.add(after.get(i) - before.get(i));
    }
    return difference;
  }

  private static List<Long> calls() {
    String stats = REDIS.server().command("INFO", "commandstats").text();
    return Stream.of("get", "mget", "eval", "evalsha")
        .map(
            command ->
                stats
                    .lines()
                    .filter(line -> line.startsWith("cmdstat_" + command + ":"))
                    .mapToLong(
                        line -> Long.parseLong(line.replaceAll(".*:calls=(\\d+),.*", "$1").strip()))
                    .sum())
        .toList();
  }

  /** In a transaction that may have begun on a replica, say. */
  @Test
  void load_thatCannotFollow_isNotKept() {
    AtomicBoolean pinned = new AtomicBoolean(true);
    try (RedisTier tier = tier();
        TieredCache<String, String> held = cache(tier, "plain").pinnedReads(pinned::get).build()) {
      held.get("a", key -> "v");
      assertThat(held.getIfPresent("a")).as("nothing is required").isEqualTo("v");
      wrote("db", () -> writer.invalidate("a"));
      await().atMost(PATIENCE).until(() -> held.getIfPresent("a") == null);
      held.get("a", key -> "old");
      held.getAll(List.of("a"), keys -> Map.of("a", "old"));
      try (ConsistencyScope scope = ConsistencyScope.open()) {
        assertThat(held.lookup("a").fill("old")).isFalse();
      }
      assertThat(reader.lookup("a").isPresent()).isFalse();
      pinned.set(false);
      assertThat(seenBy(held, "a")).containsExactly("db");
      assertThat(held.getIfPresent("a")).isEqualTo("v");
    }
  }

  /** More than Redis is to keep: then primaries are asked for, and nothing is lost. */
  @Test
  void moreThanFits_asksForPrimaries() {
    for (int i = 0; i < 100; i++) {
      int source = i;
      wrote("database-number-" + source, () -> writer.invalidate("a"));
    }
    Boolean[] every = new Boolean[1];
    reader.get(
        "a",
        key -> {
          every[0] = ConsistencyScope.current().bookmark().isEveryUnresolved();
          return "v";
        });

    assertThat(every).containsExactly(true);
  }
}
