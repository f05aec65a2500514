// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.core.time.ManualClock;
import java.time.Duration;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Loads by those who look, load by themselves, and then tell what they loaded. */
final class LookupTest {
  private final ManualClock clock = ManualClock.atEpoch();
  private final TieredCache<String, String> cache =
      TieredCache.<String, String>builder("lookups")
          .tags((key, value) -> Set.of("tag"))
          .timeToLive(Duration.ofMinutes(1))
          .jitter(0)
          .absentTimeToLive(Duration.ofMinutes(1))
          .clock(clock.monotonic())
          .build();

  /** What makes a load that is under way out of date. */
  enum Change {
    KEY(cache -> cache.invalidate("a")),
    ALL(TieredCache::invalidateAll),
    TAG(cache -> cache.invalidateTag("tag"));

    private final Consumer<TieredCache<String, String>> action;

    Change(Consumer<TieredCache<String, String>> action) {
      this.action = action;
    }
  }

  @Test
  void fill_afterAMiss_isFound() {
    Lookup<String> miss = cache.lookup("a");
    assertThat(miss.isPresent()).isFalse();
    assertThat(miss.value()).isNull();

    assertThat(miss.fill("v1")).isTrue();

    Lookup<String> hit = cache.lookup("a");
    assertThat(hit.isPresent()).isTrue();
    assertThat(hit.value()).isEqualTo("v1");
    assertThat(hit.fill("v2")).as("there was something").isFalse();
    assertThat(cache.getIfPresent("a")).isEqualTo("v1");
    assertThat(cache.size()).isEqualTo(1);
    assertThat(cache.stats().loads()).isEqualTo(1);
  }

  @Test
  void absence_isFound() {
    cache.lookup("a").fill(null);

    assertThat(cache.lookup("a").isPresent()).isTrue();
    assertThat(cache.lookup("a").value()).isNull();
  }

  @ParameterizedTest
  @EnumSource
  void fill_invalidatedSinceTheLookup_isNeverFound(Change change) {
    Lookup<String> before = cache.lookup("a");
    Lookup<String> alsoBefore = cache.lookup("a");
    change.action.accept(cache);
    Lookup<String> after = cache.lookup("a");

    before.fill("old");
    assertThat(cache.lookup("a").isPresent()).isFalse();
    assertThat(after.fill("new")).isTrue();
    alsoBefore.fill("old");

    if (change != Change.TAG) { // that is told by the entry
      assertThat(cache.lookup("a").value()).isEqualTo("new");
      assertThat(cache.stats().refusedFills()).isEqualTo(2);
    }
  }

  @Test
  void fill_afterSomebodyPut_doesNotTakeItsPlace() {
    Lookup<String> before = cache.lookup("a");
    cache.put("a", "put");

    assertThat(before.fill("old")).isFalse();
    assertThat(cache.getIfPresent("a")).isEqualTo("put");
  }

  @Test
  void lifetime_countsFromTheLookup() {
    Lookup<String> miss = cache.lookup("a");
    clock.advance(Duration.ofSeconds(40));
    miss.fill("v1");
    clock.advance(Duration.ofSeconds(19));
    assertThat(cache.lookup("a").isPresent()).isTrue();
    clock.advance(Duration.ofSeconds(2));

    assertThat(cache.lookup("a").isPresent()).isFalse();
  }

  @Test
  void fill_afterTheEnd_keepsNothing() {
    Lookup<String> miss = cache.lookup("a");
    cache.close();

    miss.fill("v1");
    assertThat(cache.size()).isZero();
  }
}
