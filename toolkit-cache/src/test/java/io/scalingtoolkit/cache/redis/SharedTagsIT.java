// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lettuce.core.RedisClient;
import io.scalingtoolkit.cache.KeyCodec;
import io.scalingtoolkit.cache.Loader;
import io.scalingtoolkit.cache.Lookup;
import io.scalingtoolkit.cache.TieredCache;
import io.scalingtoolkit.cache.ValueCodec;
import io.scalingtoolkit.testkit.net.FaultProxy;
import io.scalingtoolkit.testkit.redis.RedisExtension;
import io.scalingtoolkit.testkit.redis.RedisServer;
import java.time.Duration;
import java.util.List;
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

/** Tags by way of one Redis: keys are like {@code a-red}, and red is the tag. */
final class SharedTagsIT {
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
    here = tier(client);
    there = tier(client);
    mine = cache(here);
    yours = cache(there);
  }

  private static RedisTier tier(RedisClient client) {
    RedisTier tier =
        RedisTier.builder(client)
            .timeout(Duration.ofSeconds(5)) // not the default: other tests run on this machine
            .lease(Duration.ofSeconds(2))
            .build();
    await().atMost(PATIENCE).until(tier::isConnected);
    return tier;
  }

  private static TieredCache<String, String> cache(RedisTier tier) {
    return TieredCache.<String, String>builder("tagged")
        .shared(tier, KeyCodec.strings(), ValueCodec.utf8())
        .tags((key, value) -> List.of(key.substring(key.indexOf('-') + 1)))
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

  private String count(String key) {
    return key + loads.incrementAndGet();
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

  private static <T> T get(Future<T> future) throws Exception {
    return future.get(60, TimeUnit.SECONDS);
  }

  @Test
  void invalidateTag_holdsHereAtOnceAndThereSoonAndSparesOthers() {
    mine.get("a-red", this::count);
    mine.get("b-blue", this::count);
    yours.get("a-red", this::count);
    yours.get("b-blue", this::count);

    mine.invalidateTag("red");

    assertThat(mine.getIfPresent("a-red")).isNull();
    await().atMost(PATIENCE).until(() -> yours.getIfPresent("a-red") == null);
    assertThat(yours.getIfPresent("b-blue")).isEqualTo("b-blue2");
    assertThat(yours.get("a-red", this::count)).isEqualTo("a-red3");
    assertThat(mine.get("a-red", this::count)).isEqualTo("a-red3");
    assertThat(mine.get("b-blue", this::count)).isEqualTo("b-blue2");
    assertThat(yours.getIfPresent("a-red")).as("kept in memory").isEqualTo("a-red3");
  }

  @Test
  void hit_inRedis_asksForVersionsOfTagsOnce() {
    mine.get("a-red", this::count);
    mine.get("b-red", this::count);
    long gets = calls("get");
    long many = calls("mget");

    yours.get("a-red", this::count);
    assertThat(calls("mget") - many).as("the version of red").isEqualTo(1);
    yours.get("b-red", this::count);
    assertThat(calls("mget") - many).as("known by now").isEqualTo(1);
    assertThat(calls("get") - gets).isEqualTo(2);
    assertThat(loads).hasValue(2);
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
  void invalidateTag_whileTheOtherLoads_refusesItsValue() throws Exception {
    mine.get("known-red", this::count);
    for (String key : List.of("a-red", "first-of-its-tag-green")) {
      loads.set(0);
      Slow slow = new Slow();
      Future<String> loading = threads.submit(() -> mine.get(key, slow));
      assertThat(slow.begun.await(60, TimeUnit.SECONDS)).isTrue();

      yours.invalidateTag(key.substring(key.indexOf('-') + 1));
      slow.release.countDown();

      assertThat(get(loading)).isEqualTo(key + 1);
      assertThat(yours.get(key, this::count)).isEqualTo(key + 2);
      assertThat(mine.get(key, this::count)).isEqualTo(key + 2);
    }
    // Of a known tag it may not have heard yet: then the value is stored as one that has ended.
    assertThat(mine.stats().refusedFills()).isBetween(1L, 2L);
  }

  @Test
  void invalidateTag_ofAnotherTagWhileTheOtherLoads_keepsItsValue() throws Exception {
    mine.get("known-red", this::count);
    loads.set(0);
    Slow slow = new Slow();
    Future<String> loading = threads.submit(() -> mine.get("a-red", slow));
    assertThat(slow.begun.await(60, TimeUnit.SECONDS)).isTrue();

    yours.invalidateTag("blue");
    slow.release.countDown();

    assertThat(get(loading)).isEqualTo("a-red1");
    assertThat(yours.get("a-red", this::count)).isEqualTo("a-red1");
  }

  @Test
  void invalidateTag_cutOffFromRedis_isToldToTheOtherWhenItIsBack() {
    yours.get("a-red", this::count);
    try (FaultProxy proxy = FaultProxy.to("127.0.0.1", REDIS.server().port())) {
      RedisClient through = RedisClient.create("redis://" + proxy.host() + ":" + proxy.port());
      try (RedisTier tier = tier(through);
          TieredCache<String, String> cut = cache(tier)) {
        assertThat(cut.get("a-red", this::count)).isEqualTo("a-red1");
        proxy.resetDials();
        proxy.resetConnections();
        await().atMost(PATIENCE).until(() -> !tier.isConnected());

        cut.invalidateTag("red");
        assertThat(cut.get("a-red", this::count)).isEqualTo("a-red2");
        assertThat(yours.getIfPresent("a-red")).as("it cannot know").isEqualTo("a-red1");
        proxy.heal();

        await().atMost(PATIENCE).until(() -> yours.getIfPresent("a-red") == null);
        assertThat(yours.get("a-red", this::count)).isEqualTo("a-red3");
      } finally {
        through.shutdown();
      }
    }
  }

  @Test
  void tag_whoseKeyIsLost_endsItsEntriesAndRepeatsNoNumber() {
    mine.get("a-red", this::count);
    for (int round = 0; round < 3; round++) {
      int before = loads.get();
      REDIS.server().command("DEL", "cache:{tagged}:tag:red");
      await().atMost(PATIENCE).until(() -> mine.getIfPresent("a-red") == null);
      assertThat(mine.get("a-red", this::count)).isEqualTo("a-red" + (before + 1));
      assertThat(yours.get("a-red", this::count)).isEqualTo("a-red" + (before + 1));
    }
    // Also the count of all removals may begin anew.
    REDIS.server().command("DEL", "cache:{tagged}:tags");
    mine.get("b-red", this::count);
    mine.invalidateTag("red");
    int before = loads.get();
    assertThat(yours.get("b-red", this::count)).isEqualTo("b-red" + (before + 1));
  }

  @Test
  void connection_isKilled_asksWhetherTagsAreStillTheSame() {
    yours.get("a-red", this::count);
    mine.get("b-blue", this::count);
    yours.get("b-blue", this::count);
    assertThat(REDIS.server().command("CLIENT", "KILL", "TYPE", "normal")).isNotNull();
    await().atMost(PATIENCE).until(() -> here.isConnected() && there.isConnected());
    mine.invalidateTag("blue");

    assertThat(yours.get("a-red", this::count)).isEqualTo("a-red1");
    assertThat(yours.get("b-blue", this::count)).isEqualTo("b-blue3");
  }

  @Test
  void put_hasTagsToo() {
    mine.put("a-red", "put");
    assertThat(yours.get("a-red", this::count)).isEqualTo("put");

    yours.invalidateTag("red");

    await().atMost(PATIENCE).until(() -> mine.get("a-red", this::count).equals("a-red1"));
  }

  @Test
  void fill_ofALookupWhoseTagTheOtherRemovedSince_isNeverFound() {
    mine.get("known-red", this::count);
    for (String key : List.of("a-red", "first-of-its-tag-green")) {
      Lookup<String> before = mine.lookup(key);
      yours.invalidateTag(key.substring(key.indexOf('-') + 1));

      before.fill("old");
      assertThat(yours.lookup(key).isPresent()).isFalse();
      assertThat(mine.lookup(key).isPresent()).isFalse();
      assertThat(mine.lookup(key).fill("new")).isTrue();
      assertThat(yours.lookup(key).value()).isEqualTo("new");
    }
    // Of a known tag it may not have heard yet: then the value is stored as one that has ended.
    assertThat(mine.stats().refusedFills()).isBetween(1L, 2L);
  }

  @Test
  void fill_ofALookup_isSparedByOtherTagsAndEndsWithItsOwn() {
    mine.get("known-red", this::count);
    Lookup<String> before = mine.lookup("a-red");
    yours.invalidateTag("blue");

    assertThat(before.fill("v1")).isTrue();
    assertThat(mine.lookup("a-red").value()).isEqualTo("v1");

    yours.invalidateTag("red");
    assertThat(yours.lookup("a-red").isPresent()).isFalse();
    await().atMost(PATIENCE).until(() -> !mine.lookup("a-red").isPresent());
  }

  @Test
  void entry_outdatedByItsTag_doesNotKeepALookupFromFilling() {
    mine.get("a-red", this::count);
    yours.invalidateTag("red");
    Lookup<String> after = yours.lookup("a-red");
    assertThat(after.isPresent()).isFalse();

    assertThat(after.fill("new")).isTrue();

    assertThat(yours.lookup("a-red").value()).isEqualTo("new");
    await().atMost(PATIENCE).until(() -> mine.get("a-red", this::count).equals("new"));
  }
}
