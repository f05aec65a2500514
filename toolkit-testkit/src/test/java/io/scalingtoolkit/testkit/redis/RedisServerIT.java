// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.TrackingArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.protocol.ProtocolVersion;
import io.scalingtoolkit.testkit.EngineException;
import io.scalingtoolkit.testkit.net.FaultProxy;
import io.scalingtoolkit.testkit.net.Traffic;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(120)
final class RedisServerIT {
  @RegisterExtension static final RedisExtension REDIS = RedisExtension.of(RedisServer.builder());

  @Test
  void command_throughLettuceAndOwnClient_seeTheSameData() {
    try (RedisClient client = RedisClient.create(REDIS.server().uri());
        StatefulRedisConnection<String, String> connection = client.connect()) {
      connection.sync().set("k", "größe");

      assertThat(REDIS.server().command("GET", "k").text()).isEqualTo("größe");
      assertThat(REDIS.server().command("INCR", "n").number()).isEqualTo(1);
      assertThat(REDIS.server().command("MGET", "k", "none").items())
          .containsExactly(new RedisReply.Text("größe"), new RedisReply.Nil());
      assertThat(REDIS.server().command("INFO", "server").text()).contains("redis_version:7.0.15");
    }
  }

  @Test
  void command_wrongType_throwsTheServersError() {
    REDIS.server().command("SET", "k", "text");

    assertThatThrownBy(() -> REDIS.server().command("INCR", "k"))
        .isInstanceOfSatisfying(
            RedisCommandException.class, e -> assertThat(e.code()).isEqualTo("ERR"))
        .hasMessageContaining("INCR")
        .hasMessageContaining("not an integer");
  }

  @Test
  void extension_betweenTests_empties() {
    assertThat(REDIS.server().command("DBSIZE").number()).isZero();
    REDIS.server().command("SET", "left", "over");
  }

  @Test
  void close_interruptedThread_endsTheProcessAndStaysInterrupted() {
    RedisServer server = RedisServer.builder().replicas(1).start();

    Thread.currentThread().interrupt();
    server.close();

    assertThat(Thread.interrupted()).isTrue();
    assertThat(server.nodes()).noneMatch(RedisNode::isAlive);
  }

  @Test
  void flush_withKeys_deletesThem() {
    REDIS.server().command("SET", "k", "v");

    REDIS.server().flush();

    assertThat(REDIS.server().command("GET", "k").isNil()).isTrue();
  }

  @Test
  void tracking_keyWrittenByAnother_pushesTheInvalidation() throws Exception {
    try (RedisClient client = RedisClient.create(REDIS.server().uri())) {
      client.setOptions(ClientOptions.builder().protocolVersion(ProtocolVersion.RESP3).build());
      try (StatefulRedisConnection<String, String> connection = client.connect()) {
        BlockingQueue<String> pushed = new LinkedBlockingQueue<>();
        connection.addListener(message -> pushed.add(message.getType()));
        connection.sync().clientTracking(TrackingArgs.Builder.enabled());
        connection.sync().get("k");

        REDIS.server().command("SET", "k", "new");

        assertThat(pushed.poll(10, TimeUnit.SECONDS)).isEqualTo("invalidate");
      }
    }
  }

  @Test
  void function_loadedAndCalled_answers() {
    REDIS
        .server()
        .command(
            "FUNCTION",
            "LOAD",
            "REPLACE",
            "#!lua name=probe\nredis.register_function('twice', function(k, a) return a[1] * 2 end)");

    assertThat(REDIS.server().command("FCALL", "twice", "0", "21").number()).isEqualTo(42);
  }

  @Test
  void freeze_thenThaw_isSilentThenAnswersAgain() {
    RedisServer server = REDIS.server();
    try (RedisClient client = clientWithTimeout(server.uri(), Duration.ofMillis(300));
        StatefulRedisConnection<String, String> connection = client.connect()) {
      server.freeze();
      try {
        assertThat(server.primary().isAlive()).isTrue();
        assertThat(server.primary().isRunning()).isFalse();
        assertThatThrownBy(() -> connection.sync().ping())
            .isInstanceOf(io.lettuce.core.RedisCommandTimeoutException.class);
      } finally {
        server.thaw();
      }

      Awaitility.await().until(() -> connection.sync().ping().equals("PONG"));
    }
  }

  @Test
  void restart_withoutPersistence_comesBackEmptyOnTheSamePort() {
    try (RedisServer server = RedisServer.start();
        RedisClient client = clientWithTimeout(server.uri(), Duration.ofMillis(500));
        StatefulRedisConnection<String, String> connection = client.connect()) {
      connection.sync().set("k", "v");
      int port = server.port();

      server.kill();
      assertThat(server.primary().isAlive()).isFalse();
      assertThatThrownBy(() -> server.command("PING")).isInstanceOf(EngineException.class);
      server.restart();

      assertThat(server.port()).isEqualTo(port);
      Awaitility.await().ignoreExceptions().until(() -> connection.sync().get("k") == null);
    }
  }

  @Test
  void restart_appendOnly_keepsEveryAcknowledgedWriteUntilRestartedEmpty() {
    try (RedisServer server = RedisServer.builder().appendOnly().start()) {
      for (int i = 0; i < 500; i++) {
        server.command("INCR", "n");
      }

      server.kill();
      server.restart();
      assertThat(server.command("GET", "n").text()).isEqualTo("500");

      server.restartEmpty();
      assertThat(server.command("GET", "n").isNil()).isTrue();
    }
  }

  @Test
  void stop_thenRestart_endsInOrderAndComesBack() {
    try (RedisServer server = RedisServer.start()) {
      server.primary().stop();
      assertThat(server.primary().isAlive()).isFalse();

      server.restart();

      assertThat(server.command("PING").text()).isEqualTo("PONG");
    }
  }

  @Test
  void password_set_isDemandedAndInTheUri() {
    try (RedisServer server = RedisServer.builder().password("s p:\"ü/@").replicas(1).start();
        RedisClient client = RedisClient.create(server.uri());
        StatefulRedisConnection<String, String> connection = client.connect()) {
      assertThat(connection.sync().ping()).isEqualTo("PONG");
      assertThat(server.command("PING").text()).isEqualTo("PONG");

      assertThatThrownBy(() -> callWithoutPassword(server.port(), "GET", "k"))
          .isInstanceOfSatisfying(
              RedisCommandException.class, e -> assertThat(e.code()).isEqualTo("NOAUTH"));
    }
  }

  @Test
  void maxMemory_full_refusesWrites() {
    try (RedisServer server =
        RedisServer.builder()
            .maxMemory(2, "noeviction")
            .setting("notify-keyspace-events", "KEA")
            .start()) {
      String block = "x".repeat(100_000);

      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 100; i++) {
                  server.command("SET", "k" + i, block);
                }
              })
          .isInstanceOfSatisfying(
              RedisCommandException.class, e -> assertThat(e.code()).isEqualTo("OOM"));
      assertThat(server.command("CONFIG", "GET", "notify-keyspace-events").items().get(1).text())
          .contains("A", "K", "E");
    }
  }

  @Test
  void promote_afterTheDeathOfThePrimary_othersFollowAndTheOldOneRejoins() {
    try (RedisServer server = RedisServer.builder().replicas(2).start()) {
      RedisNode old = server.primary();
      RedisNode next = server.replicas().get(0);
      RedisNode other = server.replicas().get(1);
      server.command("SET", "k", "before");
      server.awaitCaughtUp(Duration.ofSeconds(10));
      old.kill();

      server.promote(next);

      assertThat(server.primary()).isSameAs(next);
      assertThat(server.uri()).isEqualTo(next.uri());
      assertThat(server.command("GET", "k").text()).isEqualTo("before");
      server.command("SET", "k", "after");
      old.restart();
      server.awaitCaughtUp(Duration.ofSeconds(10));
      assertThat(other.command("GET", "k").text()).isEqualTo("after");
      assertThat(old.command("GET", "k").text()).isEqualTo("after");
      assertThat(old.isPrimary()).isFalse();
      assertThatThrownBy(() -> old.command("SET", "k", "no"))
          .isInstanceOfSatisfying(
              RedisCommandException.class, e -> assertThat(e.code()).isEqualTo("READONLY"));
    }
  }

  @Test
  void promote_withLivingPrimary_swapsTheRoles() {
    try (RedisServer server = RedisServer.start()) {
      server.command("SET", "k", "v");
      RedisNode old = server.primary();
      RedisNode added = server.addReplica();
      assertThat(added.command("GET", "k").text()).isEqualTo("v");

      server.promote(added);

      assertThat(added.isPrimary()).isTrue();
      assertThat(old.isPrimary()).isFalse();
      assertThatThrownBy(() -> server.promote(added))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("must be a replica");
    }
  }

  @Test
  void replicaOf_frozenDuringThePromotion_correctsTheOldPrimary() {
    try (RedisServer server = RedisServer.builder().replicas(1).start()) {
      RedisNode old = server.primary();
      RedisNode next = server.replicas().get(0);
      old.freeze();
      server.promote(next);
      server.command("SET", "k", "new order");
      old.thaw();
      assertThat(old.isPrimary()).isTrue();

      old.replicaOf(next);

      assertThat(old.isPrimary()).isFalse();
      assertThat(old.command("GET", "k").text()).isEqualTo("new order");
    }
  }

  @Test
  void faultProxy_cutInFrontOfRedis_clientTimesOutAndWorksAgainWhenHealed() {
    try (FaultProxy proxy = FaultProxy.to("127.0.0.1", REDIS.server().port());
        RedisClient client =
            clientWithTimeout("redis://127.0.0.1:" + proxy.port(), Duration.ofMillis(300));
        StatefulRedisConnection<String, String> connection = client.connect()) {
      connection.sync().set("k", "v");
      Traffic before = proxy.traffic();
      connection.sync().get("k");
      assertThat(proxy.traffic().since(before).roundTrips()).isEqualTo(1);

      proxy.cut();
      assertThatThrownBy(() -> connection.sync().get("k"))
          .isInstanceOf(io.lettuce.core.RedisCommandTimeoutException.class);
      proxy.heal();

      Awaitility.await().ignoreExceptions().until(() -> "v".equals(connection.sync().get("k")));
    }
  }

  @Test
  void faultProxy_refusedAndReset_clientReconnectsWhenHealed() {
    try (FaultProxy proxy = FaultProxy.to("127.0.0.1", REDIS.server().port());
        RedisClient client =
            clientWithTimeout("redis://127.0.0.1:" + proxy.port(), Duration.ofMillis(300));
        StatefulRedisConnection<String, String> connection = client.connect()) {
      connection.sync().set("k", "v");
      proxy.refuse();
      proxy.resetConnections();
      assertThatThrownBy(() -> connection.sync().get("k"))
          .isInstanceOf(io.lettuce.core.RedisException.class);

      proxy.heal();

      Awaitility.await().ignoreExceptions().until(() -> "v".equals(connection.sync().get("k")));
    }
  }

  @Test
  void start_badSetting_showsTheServersOwnWordsAndKeepsTheLog() {
    assertThatThrownBy(() -> RedisServer.builder().setting("maxmemory", "plenty").start())
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("did not start")
        .hasMessageContaining("argument must be a memory value")
        .hasMessageContaining("logs kept in");
  }

  @Test
  void fromPath_programAbsentOrPresent_saysTheRuleOrRunsIt() {
    Optional<String> reason = RedisBinary.PATH.unavailable();

    if (reason.isPresent()) {
      assertThatThrownBy(() -> RedisServer.builder().fromPath().start())
          .isInstanceOf(EngineException.class)
          .hasMessageContaining("must have an executable redis-server")
          .hasMessageContaining("PATH is ");
    } else {
      try (RedisServer server = RedisServer.builder().fromPath().start()) {
        assertThat(server.command("PING").text()).isEqualTo("PONG");
      }
    }
  }

  private static void callWithoutPassword(int port, String... words) throws IOException {
    Duration limit = Duration.ofSeconds(5);
    try (RespClient open = RespClient.connect("open", port, StandardCharsets.UTF_8, limit)) {
      open.call(List.of(words));
    }
  }

  private static RedisClient clientWithTimeout(String uri, Duration timeout) {
    RedisURI address = RedisURI.create(uri);
    address.setTimeout(timeout);
    return RedisClient.create(address);
  }
}
