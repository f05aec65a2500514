// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import static org.awaitility.Awaitility.await;

import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.RedisClusterClient;
import io.scalingtoolkit.testkit.redis.RedisCluster;
import io.scalingtoolkit.testkit.redis.RedisNode;
import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What {@link SharedHistory} says holds while something happens to a Redis Cluster. */
final class ClusterHistoryIT {
  private static final int ROUNDS = Integer.getInteger("cache.rounds", 2);

  private final RedisCluster redis =
      RedisCluster.builder().replicasPerMaster(1).nodeTimeout(Duration.ofSeconds(1)).start();
  private final RedisClusterClient client =
      RedisClusterClient.create(redis.uris().stream().map(RedisURI::create).toList());
  private final SharedHistory history = new SharedHistory(() -> RedisTier.builder(client));

  /** What happens meanwhile. */
  private enum Trouble {
    CONNECTIONS_KILLED {
      @Override
      void strike(ClusterHistoryIT test) {
        test.redis.masters().forEach(node -> node.command("CLIENT", "KILL", "TYPE", "normal"));
      }
    },
    ENTRIES_MOVED {
      @Override
      void strike(ClusterHistoryIT test) {
        LongStream.range(0, SharedHistory.KEYS)
            .forEach(key -> test.move("cache:history:{" + key + "}"));
      }
    },
    HOME_MOVED {
      @Override
      void strike(ClusterHistoryIT test) {
        test.move("cache:{history}");
      }
    },
    FAILOVER_BY_HAND {
      @Override
      void strike(ClusterHistoryIT test) {
        RedisNode master = test.redis.masterOf("cache:history:{1}");
        test.redis.failover(test.redis.replicasOf(master).get(0));
      }
    },
    MASTER_KILLED {
      @Override
      void strike(ClusterHistoryIT test) {
        test.kill("cache:history:{1}");
      }
    },
    HOME_KILLED {
      @Override
      void strike(ClusterHistoryIT test) {
        test.kill("cache:{history}");
      }
    },
    FROZEN {
      @Override
      void strike(ClusterHistoryIT test) {
        RedisNode master = test.redis.masterOf("cache:history:{1}");
        master.freeze();
        SharedHistory.pass(Duration.ofMillis(600));
        master.thaw();
      }
    };

    abstract void strike(ClusterHistoryIT test);
  }

  private void move(String key) {
    int slot = RedisCluster.slotOf(key);
    List<RedisNode> masters = redis.masters();
    int owner = masters.indexOf(redis.ownerOf(slot));
    redis.migrateSlot(slot, masters.get((owner + 1) % masters.size()));
  }

  private void kill(String key) {
    RedisNode master = redis.masterOf(key);
    master.kill();
    await()
        .atMost(Duration.ofMinutes(1))
        .ignoreExceptions()
        .until(() -> redis.masterOf(key) != master && redis.masters().size() == 3);
    SharedHistory.pass(Duration.ofMillis(500));
    master.restart();
    redis.awaitHealthy(Duration.ofMinutes(1));
  }

  @AfterEach
  void close() {
    history.close();
    client.shutdown();
    redis.close();
  }

  @ParameterizedTest
  @EnumSource
  void reads_duringTrouble_areNoOlderThanTheBound(Trouble trouble) throws Exception {
    history.begin();
    for (int round = 0; round < ROUNDS; round++) {
      SharedHistory.pass(Duration.ofMillis(1_500));
      trouble.strike(this);
    }
    history.assertNothingTooOld(trouble);
  }
}
