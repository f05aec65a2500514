// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import io.lettuce.core.RedisClient;
import io.scalingtoolkit.testkit.net.Direction;
import io.scalingtoolkit.testkit.net.FaultProxy;
import io.scalingtoolkit.testkit.redis.RedisServer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What {@link SharedHistory} says holds while something happens to the Redis or the way to it. */
final class SharedHistoryIT {
  private static final long SECONDS = Long.getLong("cache.seconds", 1);

  private final RedisServer redis = RedisServer.start();
  private final FaultProxy proxy = FaultProxy.to("127.0.0.1", redis.port());
  private final RedisClient client =
      RedisClient.create("redis://" + proxy.host() + ":" + proxy.port());
  private final SharedHistory history = new SharedHistory(() -> RedisTier.builder(client));

  /** What happens meanwhile. */
  private enum Trouble {
    NONE {
      @Override
      void strike(SharedHistoryIT test) {}
    },
    CONNECTIONS_KILLED {
      @Override
      void strike(SharedHistoryIT test) {
        test.redis.command("CLIENT", "KILL", "TYPE", "normal");
      }
    },
    FROZEN {
      @Override
      void strike(SharedHistoryIT test) {
        test.redis.freeze();
        SharedHistory.pass(Duration.ofMillis(1_500));
        test.redis.thaw();
      }
    },
    CUT {
      @Override
      void strike(SharedHistoryIT test) {
        test.proxy.cut();
        SharedHistory.pass(Duration.ofMillis(1_500));
        test.proxy.heal();
      }
    },
    CUT_FROM_REDIS {
      @Override
      void strike(SharedHistoryIT test) {
        test.proxy.cut(Direction.TO_CLIENT);
        SharedHistory.pass(Duration.ofMillis(1_500));
        test.proxy.heal();
      }
    },
    KILLED {
      @Override
      void strike(SharedHistoryIT test) {
        test.redis.kill();
        SharedHistory.pass(Duration.ofMillis(700));
        test.redis.restart();
      }
    },
    FLUSHED {
      @Override
      void strike(SharedHistoryIT test) {
        test.redis.command("FLUSHALL");
      }
    },
    SCRIPTS_FLUSHED {
      @Override
      void strike(SharedHistoryIT test) {
        test.redis.command("SCRIPT", "FLUSH");
      }
    };

    abstract void strike(SharedHistoryIT test);
  }

  @AfterEach
  void close() {
    history.close();
    client.shutdown();
    proxy.close();
    redis.close();
  }

  @ParameterizedTest
  @EnumSource
  void reads_duringTrouble_areNoOlderThanTheBound(Trouble trouble) throws Exception {
    history.begin();
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    while (System.nanoTime() < until) {
      SharedHistory.pass(Duration.ofMillis(800));
      trouble.strike(this);
    }
    history.assertNothingTooOld(trouble);
  }
}
