// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class ShardServersTest {

  private final List<String> log = Collections.synchronizedList(new ArrayList<>());

  @Test
  void environment_tellsEachShardByItsNumber() {
    ShardServers shards = ShardServers.start(List.of("s1", "s2"), this::fake);
    shards.add("s3");

    assertThat(shards.environment())
        .containsEntry("APP_DATABASE_KIND", "postgres")
        .containsEntry("APP_DATABASE_PASSWORD", "secret")
        .containsEntry("APP_DATABASE_SHARDS_0_NAME", "s1")
        .containsEntry("APP_DATABASE_SHARDS_0_PRIMARY_URL", "jdbc:s1:primary")
        .containsEntry("APP_DATABASE_SHARDS_0_REPLICAS_0_URL", "jdbc:s1:replica")
        .containsEntry("APP_DATABASE_SHARDS_1_NAME", "s2")
        .containsEntry("APP_DATABASE_SHARDS_2_PRIMARY_URL", "jdbc:s3:primary")
        .doesNotContainKeys("APP_DATABASE_URL", "APP_DATABASE_PRIMARY_URL")
        .hasSize(2 + 3 * 3);
    assertThat(shards.has("s3")).isTrue();
    assertThat(shards.has("s4")).isFalse();
  }

  @Test
  void start_oneFails_namesItAndClosesTheOthers() {
    assertThatThrownBy(
            () ->
                ShardServers.start(
                    List.of("s1", "s2", "s3"),
                    name -> {
                      if (name.equals("s2")) {
                        throw new UserError("no room");
                      }
                      return fake(name);
                    }))
        .isInstanceOf(UserError.class)
        .hasMessage("shard s2: no room");
    assertThat(log).containsExactlyInAnyOrder("closed s1", "closed s3");
  }

  @Test
  void start_several_goOnAtTheSameTime() {
    int width = Math.min(2, Runtime.getRuntime().availableProcessors());
    CountDownLatch together = new CountDownLatch(width);

    ShardServers.start(
        List.of("s1", "s2"),
        name -> {
          together.countDown();
          assertThat(awaited(together)).isTrue();
          return fake(name);
        });
  }

  @Test
  void close_closesAll() {
    ShardServers.start(List.of("s1", "s2"), this::fake).close();

    assertThat(log).containsExactlyInAnyOrder("closed s1", "closed s2");
  }

  private Engines fake(String name) {
    return new FakeEngines(name, log);
  }

  private static boolean awaited(CountDownLatch latch) {
    try {
      return latch.await(30, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
