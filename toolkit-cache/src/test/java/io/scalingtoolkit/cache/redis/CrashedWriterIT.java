// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lettuce.core.RedisClient;
import io.scalingtoolkit.cache.KeyCodec;
import io.scalingtoolkit.cache.TieredCache;
import io.scalingtoolkit.cache.ValueCodec;
import io.scalingtoolkit.testkit.process.JvmProcess;
import io.scalingtoolkit.testkit.process.Workspace;
import io.scalingtoolkit.testkit.redis.RedisServer;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A process that commits a change and is killed before it can invalidate what it has changed. */
final class CrashedWriterIT {
  private static final Duration LIMIT = Duration.ofMinutes(2);

  /** How long what was announced counts if nothing more is heard. */
  private static final Duration INTENT = Duration.ofSeconds(3);

  private static final String ROW = "row";

  private final RedisServer redis = RedisServer.start();
  private final Workspace workspace = Workspace.open("crashed-writer");
  private final RedisClient client = RedisClient.create(redis.uri());
  private final RedisTier tier = RedisTier.builder(client).timeout(Duration.ofSeconds(5)).build();
  private final TieredCache<String, String> cache = cache(tier);

  /** Commits a change of the row when it is told to, and announces that before, or not. */
  public static void main(String[] arguments) throws Exception {
    RedisClient client = RedisClient.create(arguments[0]);
    RedisTier tier = RedisTier.builder(client).timeout(Duration.ofSeconds(5)).build();
    await().atMost(LIMIT).until(tier::isConnected);
    TieredCache<String, String> cache = cache(tier);
    if (Boolean.parseBoolean(arguments[1]) && !cache.announce(List.of("a"), INTENT).isShared()) {
      throw new IllegalStateException("nobody was told of the change");
    }
    client.connect().sync().set(ROW, "v2");
    System.out.println("committed");
    if (System.in.read() < 0) { // the end of the test, unless this is killed before
      cache.close();
    }
  }

  private static TieredCache<String, String> cache(RedisTier tier) {
    return TieredCache.<String, String>builder("names")
        .shared(tier, KeyCodec.strings(), ValueCodec.utf8())
        .build();
  }

  @BeforeEach
  void keepTheOldValue() {
    await().atMost(LIMIT).until(tier::isConnected);
    client.connect().sync().set(ROW, "v1");
    assertThat(read()).isEqualTo("v1");
    assertThat(cache.getIfPresent("a")).isEqualTo("v1");
  }

  @AfterEach
  void close() {
    cache.close();
    tier.close();
    client.shutdown();
    workspace.close();
    redis.close();
  }

  private String read() {
    return String.valueOf(cache.get("a", key -> client.connect().sync().get(ROW)));
  }

  private void commitAndDie(boolean announces) {
    JvmProcess process =
        JvmProcess.start(
            workspace,
            "writer",
            CrashedWriterIT.class,
            List.of("-Xmx64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
            List.of(redis.uri(), Boolean.toString(announces)));
    process.await("committed", LIMIT);
    process.kill();
  }

  @Test
  void change_announced_isReadByOthersAtOnceAndKeptAgainInTime() {
    commitAndDie(true);

    assertThat(read()).isEqualTo("v2");
    await()
        .atMost(INTENT.multipliedBy(4))
        .until(
            () -> {
              assertThat(read()).isEqualTo("v2");
              return cache.getIfPresent("a") != null;
            });
    assertThat(read()).isEqualTo("v2");
  }

  /** What the announcement is for. */
  @Test
  void change_notAnnounced_isNotSeen() {
    commitAndDie(false);

    assertThat(read()).isEqualTo("v1");
  }
}
