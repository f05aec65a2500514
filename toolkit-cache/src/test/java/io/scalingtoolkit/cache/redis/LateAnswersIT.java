// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.scalingtoolkit.cache.KeyCodec;
import io.scalingtoolkit.cache.TieredCache;
import io.scalingtoolkit.cache.ValueCodec;
import io.scalingtoolkit.testkit.net.Direction;
import io.scalingtoolkit.testkit.net.FaultProxy;
import io.scalingtoolkit.testkit.redis.RedisExtension;
import io.scalingtoolkit.testkit.redis.RedisServer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The process that invalidates gets its answers, but later than it waits for them. Others hear of
 * it all the same, and soon: signs of life are so rare here that it cannot be the next one by plan
 * that tells them.
 */
final class LateAnswersIT {
  @RegisterExtension static final RedisExtension REDIS = RedisExtension.of(RedisServer.builder());

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration BOUND = Duration.ofMinutes(1);
  private static final Duration TIMEOUT = Duration.ofMillis(300);

  /** Less than the 10 seconds between two signs of life by plan. */
  private static final Duration SOON = Duration.ofSeconds(5);

  private final FaultProxy proxy = FaultProxy.to("127.0.0.1", REDIS.server().port());
  private final RedisClient slow = RedisClient.create(uri(proxy.port()));
  private final RedisClient direct = RedisClient.create(uri(REDIS.server().port()));
  private final AtomicReference<String> source = new AtomicReference<>("old");
  private final AtomicInteger probes = new AtomicInteger();
  private RedisTier here;
  private RedisTier there;
  private TieredCache<String, String> mine;
  private TieredCache<String, String> yours;

  /** What can be invalidated. */
  enum Way {
    KEY(cache -> cache.invalidate("a")),
    TAG(cache -> cache.invalidateTag("t-a")),
    ALL(TieredCache::invalidateAll);

    final Consumer<TieredCache<String, String>> invalidate;

    Way(Consumer<TieredCache<String, String>> invalidate) {
      this.invalidate = invalidate;
    }
  }

  /** Of a user who may not have changes told, until he is allowed to. */
  private static RedisURI uri(int port) {
    return RedisURI.builder()
        .withHost("127.0.0.1")
        .withPort(port)
        .withAuthentication("app", "word")
        .build();
  }

  private static void allow(String commands) {
    REDIS.server().command("ACL", "SETUSER", "app", "on", ">word", "~*", "+@all", commands);
  }

  @BeforeEach
  void open() {
    open("+client");
  }

  private void open(String commands) {
    allow(commands);
    here = tier(slow);
    mine = cache(here);
    Way.TAG.invalidate.accept(mine); // scripts are known from here on
    Way.ALL.invalidate.accept(mine);
    there = tier(direct); // only now, so that it hears of none of this
    yours = cache(there);
    assertThat(mine.get("a", this::load)).isEqualTo("old");
    assertThat(yours.get("a", this::load)).isEqualTo("old");
  }

  private static RedisTier tier(RedisClient client) {
    RedisTier tier = RedisTier.builder(client).timeout(TIMEOUT).bound(BOUND).build();
    await().atMost(PATIENCE).until(tier::isConnected);
    return tier;
  }

  private static TieredCache<String, String> cache(RedisTier tier) {
    return TieredCache.<String, String>builder("names")
        .shared(tier, KeyCodec.strings(), ValueCodec.utf8())
        .tags((key, value) -> List.of("t-" + key))
        .build();
  }

  @AfterEach
  void close() {
    closeCaches();
    slow.shutdown();
    direct.shutdown();
    proxy.close();
  }

  private void closeCaches() {
    mine.close();
    yours.close();
    here.close();
    there.close();
  }

  private String load(String key) {
    return source.get();
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

  private static long scripts() {
    return calls("eval") + calls("evalsha");
  }

  /** Asks for something else until Redis is waited for again. */
  private void awaitAsked() {
    long before = calls("get");
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              mine.get("probe" + probes.incrementAndGet(), this::load);
              return calls("get") > before;
            });
  }

  @ParameterizedTest
  @EnumSource
  void invalidation_whileNobodyWaitsForRedis_isToldWithTheNextAnswer(Way way) {
    proxy.cut(Direction.TO_CLIENT);
    mine.get("noticed", this::load);
    source.set("new");
    way.invalidate.accept(mine);
    assertThat(yours.get("a", this::load)).as("Redis has not been told").isEqualTo("old");

    proxy.heal(); // with it comes the answer to what was asked when one was missing

    await().atMost(SOON).until(() -> yours.get("a", this::load).equals("new"));
    assertThat(mine.get("a", this::load)).isEqualTo("new");
  }

  /** Without that it would be told for ever, and each time end what is there for all. */
  @ParameterizedTest
  @EnumSource
  void invalidation_answeredTooLate_isToldOnce(Way way) {
    long before = scripts();
    proxy.latency(Direction.TO_CLIENT, TIMEOUT.multipliedBy(2));
    way.invalidate.accept(mine);

    await()
        .atMost(PATIENCE)
        .during(TIMEOUT.multipliedBy(7)) // twice what it takes until the next sign of life
        .until(() -> scripts() - before, told -> told == 1);
  }

  /** A process without a connection tells nobody anything, however well the others are. */
  @ParameterizedTest
  @EnumSource
  void invalidation_whileConnectionsAreLost_isToldByANewOneThatIsSlowToo(Way way) {
    proxy.latency(Direction.TO_CLIENT, TIMEOUT.multipliedBy(2));
    proxy.resetConnections();
    source.set("new");
    way.invalidate.accept(mine);

    await().atMost(PATIENCE).until(() -> yours.get("a", this::load).equals("new"));
  }

  @Test
  void invalidateAll_answeredTooLateByARedisThatTellsNothing_holdsHere() {
    closeCaches();
    open("-client");
    proxy.cut(Direction.TO_CLIENT);
    mine.invalidateAll();
    source.set("new");

    proxy.heal();

    awaitAsked();
    assertThat(mine.get("a", this::load)).as("not what Redis still has").isEqualTo("new");
  }
}
