// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.lettuce.core.RedisClient;
import io.scalingtoolkit.cache.BulkLoader;
import io.scalingtoolkit.cache.KeyCodec;
import io.scalingtoolkit.cache.TieredCache;
import io.scalingtoolkit.cache.ValueCodec;
import io.scalingtoolkit.testkit.redis.RedisExtension;
import io.scalingtoolkit.testkit.redis.RedisServer;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Several keys at once, by way of one Redis. */
final class SharedBulkIT {
  @RegisterExtension static final RedisExtension REDIS = RedisExtension.of(RedisServer.builder());

  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<Set<Long>> asked = new CopyOnWriteArrayList<>();
  private RedisClient client;
  private RedisTier here;
  private RedisTier there;
  private TieredCache<Long, String> mine;
  private TieredCache<Long, String> yours;

  @BeforeEach
  void open() {
    client = RedisClient.create(REDIS.server().uri());
    here = tier();
    there = tier();
    mine = cache(here);
    yours = cache(there);
  }

  private RedisTier tier() {
    RedisTier tier =
        RedisTier.builder(client)
            .timeout(Duration.ofSeconds(5)) // not the default: other tests run on this machine
            .lease(Duration.ofSeconds(2))
            .build();
    await().atMost(PATIENCE).until(tier::isConnected);
    return tier;
  }

  private static TieredCache<Long, String> cache(RedisTier tier) {
    return TieredCache.<Long, String>builder("bulk")
        .shared(tier, KeyCodec.longs(), ValueCodec.utf8())
        .build();
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

  private Map<Long, String> values(Set<Long> keys) {
    asked.add(keys);
    return keys.stream().collect(Collectors.toMap(key -> key, key -> "v" + key));
  }

  private static List<Long> keys(long from, long to) {
    return LongStream.range(from, to).boxed().toList();
  }

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
  void getAll_allInRedis_isOneCommand() {
    mine.getAll(keys(0, 1_000), this::values);
    long gets = calls("get");
    long many = calls("mget");
    long ranges = calls("getrange");
    long scripts = calls("evalsha");

    Map<Long, String> found = yours.getAll(keys(0, 1_000), this::values);

    assertThat(found).hasSize(1_000).containsEntry(7L, "v7");
    assertThat(calls("mget") - many).isEqualTo(1);
    assertThat(calls("get") - gets).isZero();
    assertThat(calls("getrange") - ranges).isZero();
    assertThat(calls("evalsha") - scripts).isZero();
    assertThat(asked).as("loaded once, by the other").hasSize(1);
    yours.getAll(keys(0, 1_000), this::values);
    assertThat(calls("mget") - many).as("now they are in memory").isEqualTo(1);
  }

  @Test
  void getAll_someAreThere_loadsTheOthersInOneCall() {
    mine.getAll(keys(0, 10), this::values);
    asked.clear();

    Map<Long, String> found = yours.getAll(keys(5, 20), this::values);

    assertThat(found.keySet()).containsExactlyElementsOf(keys(5, 20));
    assertThat(asked).containsExactly(Set.copyOf(keys(10, 20)));
    assertThat(mine.getAll(keys(0, 20), this::values)).hasSize(20);
    assertThat(asked).hasSize(1);
  }

  /** A loader that waits; the test lets it go. */
  private final class Slow implements BulkLoader<Long, String> {
    final CountDownLatch begun = new CountDownLatch(1);
    final CountDownLatch release = new CountDownLatch(1);

    @Override
    public Map<Long, String> loadAll(Set<Long> keys) throws InterruptedException {
      Map<Long, String> found = values(keys);
      begun.countDown();
      if (!release.await(60, TimeUnit.SECONDS)) {
        throw new IllegalStateException("nobody let it end");
      }
      return found;
    }
  }

  private static <T> T get(Future<T> future) throws Exception {
    return future.get(60, TimeUnit.SECONDS);
  }

  @Test
  void getAll_bothLoadPartOfTheOther_loadEachKeyOnceAndDoNotStandStill() throws Exception {
    Slow first = new Slow();
    Slow second = new Slow();
    Future<Map<Long, String>> low = threads.submit(() -> mine.getAll(keys(0, 10), first));
    assertThat(first.begun.await(60, TimeUnit.SECONDS)).isTrue();
    Future<Map<Long, String>> high = threads.submit(() -> yours.getAll(keys(5, 15), second));
    assertThat(second.begun.await(60, TimeUnit.SECONDS)).isTrue();
    // Those of the second wait for the first now, and these for the second.
    Future<Map<Long, String>> all = threads.submit(() -> mine.getAll(keys(0, 15), this::values));
    second.release.countDown();
    first.release.countDown();

    assertThat(get(low)).hasSize(10);
    assertThat(get(high)).hasSize(10);
    assertThat(get(all)).hasSize(15);
    assertThat(asked.stream().mapToInt(Set::size).sum()).isEqualTo(15);
  }

  @Test
  void invalidate_whileTheOtherLoadsSeveral_refusesThatOneAlone() throws Exception {
    Slow slow = new Slow();
    Future<Map<Long, String>> loading = threads.submit(() -> mine.getAll(keys(0, 5), slow));
    assertThat(slow.begun.await(60, TimeUnit.SECONDS)).isTrue();

    yours.invalidate(3L);
    slow.release.countDown();

    assertThat(get(loading)).hasSize(5);
    asked.clear();
    yours.getAll(keys(0, 5), this::values);
    mine.getAll(keys(0, 5), this::values);
    assertThat(asked).containsExactly(Set.of(3L));
    assertThat(mine.stats().refusedFills()).isEqualTo(1);
  }

  @Test
  void invalidate_ofOthers_reachesWhatGetAllKept() {
    mine.getAll(keys(0, 5), this::values);
    yours.getAll(keys(0, 5), this::values);

    yours.invalidate(2L);
    yours.invalidate(4L);

    await().atMost(PATIENCE).until(() -> mine.getIfPresent(2L) == null);
    await().atMost(PATIENCE).until(() -> mine.getIfPresent(4L) == null);
    assertThat(mine.getIfPresent(3L)).isEqualTo("v3");
  }

  @Test
  void absence_ofAllButOne_isNotKept() {
    Map<Long, String> found = mine.getAll(keys(0, 3), keys -> new HashMap<>(Map.of(1L, "one")));

    assertThat(found).containsExactly(Map.entry(1L, "one"));
    assertThat(yours.getAll(keys(0, 3), this::values))
        .containsExactly(Map.entry(0L, "v0"), Map.entry(1L, "one"), Map.entry(2L, "v2"));
  }

  @Test
  void loader_fails_theOtherLoadsAtOnce() {
    assertThatThrownBy(
            () ->
                mine.getAll(
                    keys(0, 3),
                    keys -> {
                      throw new IllegalArgumentException("no");
                    }))
        .hasMessage("no");
    long begin = System.nanoTime();
    assertThat(yours.getAll(keys(0, 3), this::values)).hasSize(3);
    assertThat(System.nanoTime() - begin)
        .as("it does not wait for the end of the lease")
        .isLessThan(TimeUnit.SECONDS.toNanos(2));
  }

  @Test
  void connection_isKilled_asksWhetherTheEntriesAreStillThere() {
    yours.getAll(keys(0, 20), this::values);
    assertThat(REDIS.server().command("CLIENT", "KILL", "TYPE", "normal")).isNotNull();
    await().atMost(PATIENCE).until(() -> here.isConnected() && there.isConnected());
    mine.invalidate(3L);
    long ranges = calls("getrange");
    long many = calls("mget");
    asked.clear();

    assertThat(yours.getAll(keys(0, 20), this::values)).hasSize(20);

    assertThat(asked).containsExactly(Collections.singleton(3L));
    assertThat(calls("getrange") - ranges).as("headers, and the fill").isBetween(20L, 25L);
    assertThat(calls("mget") - many).isEqualTo(1);
  }

  @Test
  void silence_ofRedis_isWaitedForOnceAndLoadsInOneCall() {
    try (RedisTier tier =
            RedisTier.builder(client)
                .prefix("silent")
                .timeout(Duration.ofMillis(200))
                .bound(Duration.ofMinutes(1))
                .build();
        TieredCache<Long, String> cache = cache(tier)) {
      await().atMost(PATIENCE).until(tier::isConnected);
      cache.getAll(keys(0, 2), this::values);
      asked.clear();
      REDIS.server().primary().freeze();

      assertThat(cache.getAll(keys(10, 200), this::values)).hasSize(190);

      assertThat(asked).containsExactly(Set.copyOf(keys(10, 200)));
    } finally {
      REDIS.server().primary().thaw();
    }
  }
}
