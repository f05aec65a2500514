// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scalingtoolkit.core.consistency.Bookmark;
import io.scalingtoolkit.core.consistency.ConsistencyScope;
import io.scalingtoolkit.core.consistency.Position;
import io.scalingtoolkit.core.time.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a cache in memory keeps while a change is announced. */
@SuppressWarnings("try") // scopes are opened for what happens inside them
class IntentTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final ManualClock clock = ManualClock.atEpoch();
  private final TieredCache<String, String> cache =
      TieredCache.<String, String>builder("names")
          .timeToLive(Duration.ofDays(1))
          .clock(clock.monotonic())
          .build();

  private boolean keeps(String value) {
    cache.get("a", key -> value);
    return value.equals(cache.getIfPresent("a"));
  }

  @Test
  void announced_isForgotten_andNotKept() {
    assertThat(keeps("v1")).isTrue();
    InvalidationIntent intent = cache.announce(List.of("a"), MINUTE);

    assertThat(intent.isShared()).isTrue();
    assertThat(cache.getIfPresent("a")).isNull();
    assertThat(keeps("v1")).isFalse();
    cache.getAll(List.of("a"), keys -> Map.of("a", "v1"));
    cache.put("a", "v1");
    assertThat(cache.lookup("a").fill("v1")).isFalse();
    assertThat(cache.getIfPresent("a")).isNull();
    cache.get("b", key -> "other");
    assertThat(cache.getIfPresent("b")).isEqualTo("other");
    intent.confirm();
    assertThat(keeps("v2")).isTrue();
  }

  @Test
  void load_thatBeganBeforeOrMeanwhile_isNotKept() {
    InvalidationIntent[] intent = new InvalidationIntent[1];
    cache.get(
        "a",
        key -> {
          intent[0] = cache.announce(List.of("a"), MINUTE);
          intent[0].cancel();
          return "v1";
        });
    assertThat(cache.getIfPresent("a")).as("began before").isNull();

    intent[0] = cache.announce(List.of("a"), MINUTE);
    cache.get(
        "a",
        key -> {
          intent[0].confirm();
          return "v1";
        });
    assertThat(cache.getIfPresent("a")).as("began meanwhile").isNull();

    Lookup<String> lookup = cache.lookup("a");
    cache.announce(List.of("a"), MINUTE).cancel();
    assertThat(lookup.fill("v1")).isFalse();
    intent[0] = cache.announce(List.of("a"), MINUTE);
    Lookup<String> meanwhile = cache.lookup("a");
    intent[0].cancel();
    assertThat(meanwhile.fill("v1")).isFalse();
  }

  /** Its load may have read what was there before the commit. */
  @Test
  void load_thatBeganWhileItStood_isNotKeptWhenItHasRunOut() {
    cache.announce(List.of("a"), MINUTE);
    cache.get(
        "a",
        key -> {
          clock.advance(MINUTE);
          return "v1";
        });

    assertThat(cache.getIfPresent("a")).isNull();
    assertThat(keeps("v2")).isTrue();
  }

  @Test
  void severalIntents_doNotEndEachOther() {
    InvalidationIntent one = cache.announce(List.of("a"), MINUTE);
    InvalidationIntent two = cache.announce(List.of("a"), MINUTE.multipliedBy(2));
    one.confirm();
    assertThat(keeps("v1")).isFalse();
    cache.invalidate("a");
    clock.advance(MINUTE);
    assertThat(keeps("v1")).isFalse();
    two.cancel();

    assertThat(keeps("v2")).isTrue();
  }

  /** What the last invalidation asks of loads holds in memory as in Redis. */
  @Test
  void load_thatCannotFollow_isNotKept() {
    try (TieredCache<String, String> held =
        TieredCache.<String, String>builder("x").pinnedReads(() -> true).build()) {
      held.get("a", key -> "v");
      assertThat(held.getIfPresent("a")).as("nothing is required").isEqualTo("v");
      try (ConsistencyScope scope =
          ConsistencyScope.open(Bookmark.of("db", Position.unresolved()))) {
        held.invalidate("a");
      }
      held.get("a", key -> "old");
      held.getAll(List.of("a"), keys -> Map.of("a", "old"));
      assertThat(held.lookup("a").fill("old")).isFalse();
      assertThat(held.getIfPresent("a")).isNull();
    }
  }

  @Test
  void ended_canBeEndedAgain() {
    InvalidationIntent intent = cache.announce(List.of("a"), MINUTE);
    intent.confirm();
    keeps("v2");
    intent.confirm();
    intent.cancel();
    intent.close();

    assertThat(cache.getIfPresent("a")).isEqualTo("v2");
  }

  @Test
  void announce_badInput_isRefused() {
    assertThatThrownBy(() -> cache.announce(List.of("a"), Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("lifetime must be more than 0 and at most PT1H, was PT0S");
    assertThatThrownBy(() -> cache.announce(List.of("a"), Duration.ofHours(2)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(keeps("v1")).isTrue();
  }

  @Test
  void afterInvalidation_isToldOfConfirmationsAlone() {
    List<Invalidation<String>> told = new ArrayList<>();
    try (TieredCache<String, String> listened =
        TieredCache.<String, String>builder("x").afterInvalidation(told::add).build()) {
      listened.announce(List.of("a"), MINUTE).cancel();
      assertThat(told).isEmpty();
      listened.announce(List.of("a"), MINUTE).confirm();
    }

    assertThat(told).containsExactly(new Invalidation.Key<>("a"));
  }
}
