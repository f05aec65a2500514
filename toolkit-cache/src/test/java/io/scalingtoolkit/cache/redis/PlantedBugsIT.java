// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.scalingtoolkit.testkit.cache.StalenessCheck;
import io.scalingtoolkit.testkit.cache.StalenessReport;
import io.scalingtoolkit.testkit.net.Direction;
import io.scalingtoolkit.testkit.net.FaultProxy;
import io.scalingtoolkit.testkit.redis.RedisServer;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The check finds what is wrong with caches that are wrong; else it would prove nothing. */
final class PlantedBugsIT {
  private static final Logger LOG = LoggerFactory.getLogger(PlantedBugsIT.class);
  private static final Duration BOUND = Duration.ofMillis(500);
  private static final int NODES = 2;
  private static final long WARM = 20_000;

  private final RedisServer redis = RedisServer.start();
  private final FaultProxy readersWay = FaultProxy.to("127.0.0.1", redis.port());

  @AfterEach
  void close() {
    readersWay.close();
    redis.close();
  }

  @ParameterizedTest
  @EnumSource
  void bug_whateverItIs_isFound(PlantedBug bug) {
    try (StalenessCheck check =
        StalenessCheck.of(BrokenCache.class)
            .nodes(NODES)
            .bound(BOUND)
            .writePause(Duration.ofMillis(10))
            .settings(node -> List.of(bug.name(), node == 0 ? way() : redis.uri()))
            .start()) {
      // Then each process has all keys in memory.
      await()
          .atMost(Duration.ofMinutes(1))
          .until(() -> IntStream.range(0, NODES).allMatch(node -> check.reads(node) > WARM));
      trouble(bug);
      SharedHistory.pass(BOUND.multipliedBy(3));
      StalenessReport report = check.finish();
      LOG.info("{}: {}", bug, report);
      assertThat(report.violations()).as("%s", report).isPositive();
      assertThat(report.examples()).isNotEmpty();
    }
  }

  private String way() {
    return "redis://" + readersWay.host() + ":" + readersWay.port();
  }

  private void trouble(PlantedBug bug) {
    switch (bug) {
      case NO_TRACKING_AFTER_RECONNECT -> redis.command("CLIENT", "KILL", "TYPE", "normal");
      case NO_SIGN_OF_LIFE -> {
        readersWay.cut(Direction.TO_CLIENT);
        SharedHistory.pass(BOUND.multipliedBy(3));
        readersWay.heal();
      }
      case PLAIN_SET, NO_TRACKING, NO_POISON -> SharedHistory.pass(BOUND);
    }
  }
}
