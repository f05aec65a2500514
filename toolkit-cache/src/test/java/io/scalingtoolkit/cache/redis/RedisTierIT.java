// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lettuce.core.RedisClient;
import io.scalingtoolkit.cache.KeyCodec;
import io.scalingtoolkit.cache.Loader;
import io.scalingtoolkit.cache.TieredCache;
import io.scalingtoolkit.cache.TieredCacheBuilder;
import io.scalingtoolkit.cache.ValueCodec;
import io.scalingtoolkit.testkit.net.FaultProxy;
import io.scalingtoolkit.testkit.redis.RedisExtension;
import io.scalingtoolkit.testkit.redis.RedisReply;
import io.scalingtoolkit.testkit.redis.RedisServer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Two caches on one Redis, as two processes have them. */
final class RedisTierIT {
  @RegisterExtension static final RedisExtension REDIS = RedisExtension.of(RedisServer.builder());

  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final AtomicInteger loads = new AtomicInteger();
  private RedisClient client;
  private RedisTier here;
  private RedisTier there;
  private TieredCache<String, String> mine;
  private TieredCache<String, String> yours;

  @BeforeEach
  void open() {
    client = RedisClient.create(REDIS.server().uri());
    here = tier();
    there = tier();
    mine = cache(here).build();
    yours = cache(there).build();
  }

  private RedisTier tier() {
    RedisTier tier =
        RedisTier.builder(client)
            .timeout(Duration.ofSeconds(5)) // not the default: other tests run on this machine
            .lease(Duration.ofMillis(600))
            .build();
    await().atMost(PATIENCE).until(tier::isConnected);
    return tier;
  }

  private static TieredCacheBuilder<String, String> cache(RedisTier tier) {
    return TieredCache.<String, String>builder("names")
        .shared(tier, KeyCodec.strings(), ValueCodec.utf8());
  }

  @AfterEach
  void close() {
    threads.shutdownNow();
    mine.close();
    yours.close();
    here.close();
    there.close();
    client.shutdown();
  }

  private String count(String key) {
    return key + loads.incrementAndGet();
  }

  private static <T> T get(Future<T> future) throws Exception {
    return future.get(60, TimeUnit.SECONDS);
  }

  /** Counts of the commands in Redis. */
  private static long calls(String command) {
    return REDIS
        .server()
        .command("INFO", "commandstats")
        .text()
        .lines()
        .filter(line -> line.startsWith("cmdstat_" + command + ":"))
        .mapToLong(line -> Long.parseLong(line.replaceAll(".*:calls=(\\d+),.*", "$1").strip()))
        .sum();
  }

  @Test
  void get_loadedByTheOther_isReadFromRedisOnceAndThenFromMemory() {
    assertThat(mine.get("a", this::count)).isEqualTo("a1");
    long gets = calls("get");

    assertThat(yours.get("a", this::count)).isEqualTo("a1");
    assertThat(calls("get") - gets).isEqualTo(1);
    assertThat(yours.get("a", this::count)).isEqualTo("a1");
    assertThat(mine.get("a", this::count)).isEqualTo("a1");
    assertThat(calls("get") - gets).as("both have it in memory").isEqualTo(1);
    assertThat(yours.stats().sharedHits()).isEqualTo(1);
    assertThat(yours.stats().loads()).isZero();
  }

  @Test
  void miss_takesThreeRoundTrips() {
    long gets = calls("get");
    long ranges = calls("getrange");
    mine.get("warm", this::count); // loads the scripts
    mine.get("cold", this::count);

    // Each: read; take and read whether it is still so; fill, and read the same.
    assertThat(calls("evalsha") + calls("eval")).isGreaterThanOrEqualTo(4);
    assertThat(calls("get") - gets).as("one each").isEqualTo(2);
    assertThat(calls("getrange") - ranges)
        .as("two each, and one in each take and each fill")
        .isEqualTo(8);
  }

  @Test
  void invalidate_holdsHereAtOnceAndThereSoon() {
    mine.get("a", this::count);
    yours.get("a", this::count);

    mine.invalidate("a");

    assertThat(mine.getIfPresent("a")).isNull();
    await().atMost(PATIENCE).until(() -> yours.getIfPresent("a") == null);
    assertThat(yours.get("a", this::count)).isEqualTo("a2");
    assertThat(mine.get("a", this::count)).isEqualTo("a2");
  }

  @Test
  void invalidateAll_holdsForBothAndForWhatIsInRedis() {
    mine.get("a", this::count);
    yours.get("a", this::count);
    mine.get("b", this::count);

    yours.invalidateAll();

    assertThat(yours.get("b", this::count)).isEqualTo("b3");
    await().atMost(PATIENCE).until(() -> mine.getIfPresent("a") == null);
    assertThat(mine.get("a", this::count)).isEqualTo("a4");
    assertThat(yours.get("a", this::count)).isEqualTo("a4");
  }

  @Test
  void firstRead_ofNewCaches_isShared() {
    for (int i = 0; i < 50; i++) {
      String name = "new" + i;
      try (TieredCache<String, String> fresh =
          TieredCache.<String, String>builder(name)
              .shared(here, KeyCodec.strings(), ValueCodec.utf8())
              .build()) {
        fresh.get("a", this::count);
        assertThat(REDIS.server().command("EXISTS", "cache:" + name + ":{a}").text())
            .isEqualTo("1");
      }
    }
  }

  @Test
  void invalidateAll_bothReadAtOnce_loadsOnce() throws Exception {
    for (int round = 0; round < 200; round++) {
      mine.get("a", this::count);
      yours.get("a", this::count);
      int before = loads.get();
      yours.invalidateAll();
      Future<String> other = threads.submit(() -> mine.get("a", this::count));
      yours.get("a", this::count);
      get(other);
      assertThat(loads.get() - before).as("loads in round %s", round).isEqualTo(1);
    }
  }

  @Test
  void put_isSeenByTheOther() {
    mine.get("a", this::count);
    yours.get("a", this::count);

    mine.put("a", "put");

    assertThat(mine.get("a", this::count)).isEqualTo("put");
    await().atMost(PATIENCE).until(() -> yours.get("a", this::count).equals("put"));
  }

  /** A loader that waits; the test lets it go. */
  private final class Slow implements Loader<String, String> {
    final CountDownLatch begun = new CountDownLatch(1);
    final CountDownLatch release = new CountDownLatch(1);

    @Override
    public String load(String key) throws InterruptedException {
      String value = count(key);
      begun.countDown();
      if (!release.await(60, TimeUnit.SECONDS)) {
        throw new IllegalStateException("nobody let it end");
      }
      return value;
    }
  }

  @Test
  void invalidate_whileTheOtherLoads_refusesItsValue() throws Exception {
    Slow slow = new Slow();
    Future<String> loading = threads.submit(() -> mine.get("a", slow));
    assertThat(slow.begun.await(60, TimeUnit.SECONDS)).isTrue();

    yours.invalidate("a");
    slow.release.countDown();

    assertThat(get(loading)).isEqualTo("a1");
    assertThat(yours.get("a", this::count)).isEqualTo("a2");
    assertThat(mine.get("a", this::count)).isEqualTo("a2");
    assertThat(mine.stats().refusedFills()).isEqualTo(1);
  }

  @Test
  void invalidateAll_whileTheOtherLoads_refusesItsValue() throws Exception {
    mine.get("b", this::count);
    Slow slow = new Slow();
    Future<String> loading = threads.submit(() -> mine.get("a", slow));
    assertThat(slow.begun.await(60, TimeUnit.SECONDS)).isTrue();

    yours.invalidateAll();
    await().atMost(PATIENCE).until(() -> mine.getIfPresent("b") == null);
    // It stores things again, so it knows what all entries have in common now.
    AtomicInteger number = new AtomicInteger();
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              String key = "n" + number.incrementAndGet();
              mine.get(key, same -> "v");
              return exists(key);
            });
    slow.release.countDown();

    assertThat(get(loading)).isEqualTo("a2");
    assertThat(yours.get("a", this::count)).isEqualTo("a3");
    assertThat(mine.get("a", this::count)).isEqualTo("a3");
  }

  private static boolean exists(String key) {
    return REDIS.server().command("EXISTS", "cache:names:{" + key + "}").text().equals("1");
  }

  @Test
  void invalidate_cutOffFromRedis_isToldToTheOtherWhenItIsBack() {
    yours.get("a", this::count);
    try (FaultProxy proxy = FaultProxy.to("127.0.0.1", REDIS.server().port())) {
      RedisClient through = RedisClient.create("redis://" + proxy.host() + ":" + proxy.port());
      try (RedisTier tier = RedisTier.builder(through).build();
          TieredCache<String, String> cut = cache(tier).build()) {
        await().atMost(PATIENCE).until(tier::isConnected);
        proxy.resetDials();
        proxy.resetConnections();
        await().atMost(PATIENCE).until(() -> !tier.isConnected());

        cut.invalidate("a");
        assertThat(yours.getIfPresent("a")).as("it cannot know").isEqualTo("a1");
        proxy.heal();

        await().atMost(PATIENCE).until(() -> yours.getIfPresent("a") == null);
        assertThat(yours.get("a", this::count)).isEqualTo("a2");
      } finally {
        through.shutdown();
      }
    }
  }

  @Test
  void silence_ofRedis_isWaitedForOnce() {
    try (RedisTier tier =
            RedisTier.builder(client)
                .prefix("silent")
                .timeout(Duration.ofMillis(200))
                .bound(Duration.ofMinutes(1))
                .build();
        TieredCache<String, String> cache = cache(tier).build()) {
      await().atMost(PATIENCE).until(tier::isConnected);
      cache.get("warm", this::count);
      long gets = calls("get");
      REDIS.server().primary().freeze();
      for (int i = 0; i < 20; i++) {
        cache.get("key" + i, this::count);
      }
      REDIS.server().primary().thaw();

      // The others did not ask; what was asked in vain is done when it wakes up.
      await().atMost(PATIENCE).until(() -> calls("get") > gets);
      assertThat(calls("get") - gets).isLessThan(10);
      AtomicInteger number = new AtomicInteger();
      await()
          .atMost(PATIENCE)
          .until(
              () -> {
                cache.get("again" + number.incrementAndGet(), this::count);
                return calls("get") - gets > 10;
              });
    } finally {
      REDIS.server().primary().thaw();
    }
  }

  @Test
  void get_whileTheOtherLoads_waitsForItsValue() throws Exception {
    Slow slow = new Slow();
    Future<String> loading = threads.submit(() -> mine.get("a", slow));
    assertThat(slow.begun.await(60, TimeUnit.SECONDS)).isTrue();
    Future<String> waiting = threads.submit(() -> yours.get("a", this::count));

    // Longer than the lease, which is kept.
    await().pollDelay(Duration.ofSeconds(2)).until(() -> true);
    assertThat(waiting).isNotDone();
    slow.release.countDown();

    assertThat(get(loading)).isEqualTo("a1");
    assertThat(get(waiting)).isEqualTo("a1");
    assertThat(loads).hasValue(1);
  }

  @Test
  void get_whoeverLoadsIsGone_takesOverWhenItsLeaseIsOver() throws Exception {
    Slow slow = new Slow();
    Future<String> loading = threads.submit(() -> mine.get("a", slow));
    assertThat(slow.begun.await(60, TimeUnit.SECONDS)).isTrue();
    here.close(); // no more sign of life

    assertThat(yours.get("a", this::count)).isEqualTo("a2");
    slow.release.countDown();
    assertThat(get(loading)).isEqualTo("a1");
    assertThat(yours.get("a", this::count)).isEqualTo("a2");
  }

  @Test
  void loader_fails_theOtherLoadsAtOnce() {
    assertThat(
            org.assertj.core.api.Assertions.catchThrowable(
                () ->
                    mine.get(
                        "a",
                        key -> {
                          throw new IllegalArgumentException("no");
                        })))
        .hasMessage("no");
    assertThat(yours.get("a", this::count)).isEqualTo("a1");
  }

  @Test
  void absence_isSharedIfThatIsWanted() {
    TieredCacheBuilder<String, String> builder =
        TieredCache.<String, String>builder("absences")
            .shared(here, KeyCodec.strings(), ValueCodec.utf8())
            .absentTimeToLive(Duration.ofMinutes(1));
    TieredCacheBuilder<String, String> other =
        TieredCache.<String, String>builder("absences")
            .shared(there, KeyCodec.strings(), ValueCodec.utf8())
            .absentTimeToLive(Duration.ofMinutes(1));
    try (TieredCache<String, String> first = builder.build();
        TieredCache<String, String> second = other.build()) {
      assertThat(first.get("a", key -> null)).isNull();
      assertThat(second.get("a", this::count)).isNull();
      assertThat(loads).hasValue(0);
      first.invalidate("a");
      assertThat(second.get("b", this::count)).isEqualTo("b1");
    }
  }

  @Test
  void entry_ofAnotherKind_isLoadedAnew() {
    REDIS.server().command("SET", "cache:names:{a}", "written by somebody else");
    assertThat(mine.get("a", this::count)).isEqualTo("a1");
    assertThat(yours.get("a", this::count)).isEqualTo("a1");
  }

  @Test
  void connection_isKilled_asksWhetherTheEntryIsStillThere() {
    yours.get("a", this::count);
    mine.get("b", this::count);
    yours.get("b", this::count);
    long gets = calls("get");
    RedisReply killed = REDIS.server().command("CLIENT", "KILL", "TYPE", "normal");
    assertThat(killed).isNotNull();
    await().atMost(PATIENCE).until(() -> here.isConnected() && there.isConnected());
    mine.invalidate("b");

    assertThat(yours.get("a", this::count)).isEqualTo("a1");
    assertThat(yours.get("b", this::count)).isEqualTo("b3");
    assertThat(calls("get") - gets).as("the epochs of both, and b").isLessThanOrEqualTo(6);
  }

  @Test
  void flush_ofRedis_isNoticed() {
    mine.get("a", this::count);
    yours.get("a", this::count);

    REDIS.server().command("FLUSHALL");

    await().atMost(PATIENCE).until(() -> yours.getIfPresent("a") == null);
    await().atMost(PATIENCE).until(() -> mine.getIfPresent("a") == null);
    assertThat(yours.get("a", this::count)).isEqualTo("a2");
    await().atMost(PATIENCE).until(() -> mine.get("a", this::count).equals("a2"));
  }

  @Test
  void outage_loadsWithoutRedisAndInvalidatesAfterwards() {
    mine.get("a", this::count);
    yours.get("a", this::count);
    REDIS.server().primary().freeze();
    try (RedisTier late =
        RedisTier.builder(client)
            .timeout(Duration.ofMillis(20))
            .bound(Duration.ofMillis(300))
            .build()) {
      assertThat(late.isConnected()).isFalse();
      try (TieredCache<String, String> cache =
          TieredCache.<String, String>builder("names")
              .shared(late, KeyCodec.strings(), ValueCodec.utf8())
              .build()) {
        assertThat(cache.get("a", this::count)).isEqualTo("a2");
        cache.invalidate("a");
        assertThat(cache.get("a", this::count)).isEqualTo("a3");
        REDIS.server().primary().thaw();
        await().atMost(PATIENCE).until(late::isConnected);
        // What was in Redis is gone before it is asked again.
        assertThat(yours.get("a", this::count)).isEqualTo("a4");
      }
    } finally {
      REDIS.server().primary().thaw();
    }
  }

  @Test
  void getAll_someAreInRedis_loadsTheOthers() {
    mine.get("a", this::count);

    Map<String, String> values =
        yours.getAll(List.of("a", "b"), keys -> Map.of("b", "B", "a", "not asked"));

    assertThat(values).containsExactly(Map.entry("a", "a1"), Map.entry("b", "B"));
    assertThat(mine.get("b", this::count)).isEqualTo("B");
  }
}
