// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.scalingtoolkit.core.time.ManualClock;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One thread, a clock that is moved by hand, and background loads that run when they are told. */
final class TieredCacheTest {
  private static final Duration TTL = Duration.ofMinutes(1);

  private final ManualClock clock = ManualClock.atEpoch();
  private final Queue<Runnable> background = new ArrayDeque<>();
  private final AtomicInteger loads = new AtomicInteger();
  private double random;

  private TieredCacheBuilder<String, String> builder() {
    return TieredCache.<String, String>builder("test")
        .timeToLive(TTL)
        .clock(clock.monotonic())
        .random(() -> random)
        .executor(background::add);
  }

  private String count(String key) {
    return key + loads.incrementAndGet();
  }

  private String fail(String key) {
    loads.incrementAndGet();
    throw new IllegalArgumentException("no " + key);
  }

  private void runBackground() {
    for (Runnable task = background.poll(); task != null; task = background.poll()) {
      task.run();
    }
  }

  @Test
  void get_again_isWhatWasLoadedFirst() {
    TieredCache<String, String> cache = builder().build();

    assertThat(cache.getIfPresent("a")).isNull();
    assertThat(cache.get("a", this::count)).isEqualTo("a1");
    assertThat(cache.get("a", this::count)).isEqualTo("a1");
    assertThat(cache.getIfPresent("a")).isEqualTo("a1");
    assertThat(cache.get("b", this::count)).isEqualTo("b2");
    assertThat(cache.stats())
        .isEqualTo(new CacheStats(2, 3, 0, 2, 0, Duration.ZERO, 0, 0, 0, 0, 0));
    assertThat(cache.stats().hitRate()).isEqualTo(0.4);
  }

  @Test
  void get_lifetimeOver_loadsAgain() {
    TieredCache<String, String> cache = builder().build();
    cache.get("a", this::count);

    clock.advance(TTL.minusNanos(1));
    assertThat(cache.get("a", this::count)).isEqualTo("a1");
    clock.advance(Duration.ofNanos(1));
    assertThat(cache.getIfPresent("a")).isNull();
    assertThat(cache.get("a", this::count)).isEqualTo("a2");
  }

  @Test
  void lifetime_countsFromTheBeginningOfTheLoad() {
    TieredCache<String, String> cache = builder().build();
    cache.get(
        "a",
        key -> {
          clock.advance(TTL.dividedBy(2));
          return "v";
        });

    clock.advance(TTL.dividedBy(2).minusNanos(1));
    assertThat(cache.getIfPresent("a")).isEqualTo("v");
    clock.advance(Duration.ofNanos(1));
    assertThat(cache.getIfPresent("a")).isNull();
  }

  @Test
  void jitter_shortensOnly() {
    random = 0.5;
    TieredCache<String, String> cache = builder().jitter(0.2).build();
    cache.get("a", this::count);

    clock.advance(Duration.ofSeconds(54).minusNanos(1));
    assertThat(cache.getIfPresent("a")).isEqualTo("a1");
    clock.advance(Duration.ofNanos(1));
    assertThat(cache.getIfPresent("a")).isNull();
  }

  @Test
  void absence_isKeptOnlyIfThatIsWanted() {
    TieredCache<String, String> without = builder().build();
    TieredCache<String, String> with = builder().absentTimeToLive(Duration.ofSeconds(5)).build();
    Loader<String, String> none =
        key -> {
          loads.incrementAndGet();
          return null;
        };

    assertThat(without.get("a", none)).isNull();
    assertThat(without.get("a", none)).isNull();
    assertThat(loads).hasValue(2);
    assertThat(with.get("a", none)).isNull();
    assertThat(with.get("a", none)).isNull();
    assertThat(loads).hasValue(3);
    clock.advance(Duration.ofSeconds(5));
    assertThat(with.get("a", none)).isNull();
    assertThat(loads).hasValue(4);
  }

  @Test
  void absence_afterAValue_takesItsPlace() {
    TieredCache<String, String> cache = builder().staleOnError(TTL).build();
    cache.get("a", this::count);
    clock.advance(TTL);

    assertThat(cache.get("a", key -> null)).isNull();
    assertThatThrownBy(() -> cache.get("a", this::fail)).hasMessage("no a");
  }

  @Test
  void put_value_isThereUntilItsEnd() {
    TieredCache<String, String> cache = builder().build();

    cache.put("a", "put");
    assertThat(cache.get("a", this::count)).isEqualTo("put");
    clock.advance(TTL);
    assertThat(cache.getIfPresent("a")).isNull();
  }

  @Test
  void invalidate_forgets() {
    TieredCache<String, String> cache = builder().build();
    for (String key : List.of("a", "b", "c", "d")) {
      cache.put(key, "old");
    }

    cache.invalidate("a");
    cache.invalidateAll(List.of("b"));
    assertThat(cache.getIfPresent("a")).isNull();
    assertThat(cache.getIfPresent("b")).isNull();
    assertThat(cache.getIfPresent("c")).isEqualTo("old");
    cache.invalidateAll();
    assertThat(cache.getIfPresent("c")).isNull();
  }

  @Test
  void invalidateTag_forgetsWhatHasIt() {
    TieredCache<String, String> cache =
        builder().tags((key, value) -> Set.of(value.substring(0, 1))).build();
    cache.put("1", "xa");
    cache.put("2", "xb");
    cache.put("3", "ya");

    cache.invalidateTag("x");

    assertThat(cache.getIfPresent("1")).isNull();
    assertThat(cache.getIfPresent("2")).isNull();
    assertThat(cache.getIfPresent("3")).isEqualTo("ya");
    assertThat(cache.get("1", key -> "xc")).isEqualTo("xc");
    assertThat(cache.getIfPresent("1")).isEqualTo("xc");
  }

  @Test
  void close_forgetsAndKeepsNothingMore() {
    TieredCache<String, String> cache = builder().build();
    cache.put("a", "old");

    cache.close();

    assertThat(cache.getIfPresent("a")).isNull();
    assertThat(cache.get("a", this::count)).isEqualTo("a1");
    assertThat(cache.get("a", this::count)).isEqualTo("a2");
    cache.put("a", "new");
    assertThat(cache.getIfPresent("a")).isNull();
  }

  @Test
  void get_loaderFails_throwsAndKeepsNothing() {
    TieredCache<String, String> cache = builder().build();

    assertThatThrownBy(() -> cache.get("a", this::fail))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("no a");
    assertThatThrownBy(
            () ->
                cache.get(
                    "a",
                    key -> {
                      throw new IOException("gone");
                    }))
        .isInstanceOf(CacheLoadException.class)
        .hasMessage("the loader failed for key a")
        .hasCauseInstanceOf(IOException.class);
    assertThatThrownBy(
            () ->
                cache.get(
                    "a",
                    key -> {
                      throw new StackOverflowError("deep");
                    }))
        .isInstanceOf(StackOverflowError.class);
    assertThat(cache.get("a", this::count)).isEqualTo("a2");
    assertThat(cache.stats().loadFailures()).isEqualTo(3);
  }

  @Test
  void staleWhileRevalidate_handsOutTheOldValueOnceItIsLoadedBeside() {
    TieredCache<String, String> cache =
        builder().staleWhileRevalidate(Duration.ofSeconds(10)).build();
    cache.get("a", this::count);
    clock.advance(TTL.plusSeconds(9));

    assertThat(cache.get("a", this::count)).isEqualTo("a1");
    assertThat(cache.get("a", this::count)).isEqualTo("a1");
    assertThat(cache.getIfPresent("a")).as("nothing to load it with").isNull();
    assertThat(background).as("one load for both").hasSize(1);
    runBackground();
    assertThat(cache.get("a", this::count)).isEqualTo("a2");
    assertThat(cache.stats().refreshes()).isEqualTo(1);
    assertThat(cache.stats().staleHits()).isEqualTo(2);
    clock.advance(TTL.plusSeconds(10));
    assertThat(cache.get("a", this::count)).as("too old").isEqualTo("a3");
  }

  @Test
  void staleWhileRevalidate_loadFails_isNotRetriedAtOnce() {
    TieredCache<String, String> cache =
        builder()
            .staleWhileRevalidate(Duration.ofSeconds(10))
            .retryAfterFailure(Duration.ofSeconds(2))
            .build();
    cache.get("a", this::count);
    clock.advance(TTL);

    cache.get("a", this::fail);
    runBackground();
    assertThat(cache.get("a", this::fail)).isEqualTo("a1");
    assertThat(background).isEmpty();
    clock.advance(Duration.ofSeconds(2));
    assertThat(cache.get("a", this::count)).isEqualTo("a1");
    assertThat(background).hasSize(1);
  }

  @Test
  void staleWhileRevalidate_noThreadFree_handsOutTheOldValue() {
    TieredCache<String, String> cache =
        builder()
            .staleWhileRevalidate(Duration.ofSeconds(10))
            .executor(
                task -> {
                  throw new RejectedExecutionException("full");
                })
            .build();
    cache.get("a", this::count);
    clock.advance(TTL);

    assertThat(cache.get("a", this::count)).isEqualTo("a1");
    clock.advance(Duration.ofSeconds(10));
    assertThat(cache.get("a", this::count)).isEqualTo("a2");
  }

  @Test
  void staleOnError_handsOutTheOldValueAndDoesNotHammerTheSource() {
    TieredCache<String, String> cache = builder().staleOnError(Duration.ofSeconds(10)).build();
    cache.get("a", this::count);
    clock.advance(TTL);

    assertThat(cache.get("a", this::fail)).isEqualTo("a1");
    assertThat(cache.get("a", this::fail)).isEqualTo("a1");
    assertThat(loads).as("failed once").hasValue(2);
    clock.advance(Duration.ofSeconds(1));
    assertThat(cache.get("a", this::fail)).isEqualTo("a1");
    assertThat(loads).hasValue(3);
    clock.advance(Duration.ofSeconds(9));
    assertThatThrownBy(() -> cache.get("a", this::fail)).hasMessage("no a");
    assertThat(cache.stats().staleHits()).isEqualTo(3);
  }

  @Test
  void staleOnError_invalidatedWhileLoading_isNotHandedOut() {
    TieredCache<String, String> cache = builder().staleOnError(Duration.ofSeconds(10)).build();
    cache.get("a", this::count);
    clock.advance(TTL);

    assertThatThrownBy(
            () ->
                cache.get(
                    "a",
                    key -> {
                      cache.invalidate("a");
                      throw new IllegalArgumentException("no a");
                    }))
        .hasMessage("no a");
  }

  @Test
  void refreshAhead_slowLoad_isMadeBeforeTheEnd() {
    random = 1 - Math.exp(-1); // the mean of the exponential distribution
    TieredCache<String, String> cache = builder().jitter(0).refreshAhead(2).build();
    cache.get(
        "a",
        key -> {
          clock.advance(Duration.ofSeconds(5));
          return count(key);
        });

    clock.advance(TTL.minusSeconds(15).minusMillis(1)); // 5 s have passed, and 10 s it begins early
    assertThat(cache.get("a", this::count)).isEqualTo("a1");
    assertThat(background).isEmpty();
    clock.advance(Duration.ofMillis(2));
    assertThat(cache.get("a", this::count)).isEqualTo("a1");
    runBackground();
    assertThat(cache.getIfPresent("a")).isEqualTo("a2");
    assertThat(cache.stats().staleHits()).isZero();
  }

  @Test
  void getAll_someAreThere_loadsTheOthersInOneCall() {
    TieredCache<String, String> cache = builder().build();
    cache.put("b", "there");
    List<Set<String>> asked = new ArrayList<>();

    Map<String, String> values =
        cache.getAll(
            List.of("d", "b", "a", "d", "c"),
            keys -> {
              asked.add(keys);
              Map<String, String> found = new HashMap<>(Map.of("a", "A", "d", "D", "x", "X"));
              found.put("c", null);
              return found;
            });

    assertThat(values)
        .containsExactly(Map.entry("d", "D"), Map.entry("b", "there"), Map.entry("a", "A"));
    assertThat(asked).containsExactly(Set.of("a", "c", "d"));
    assertThat(cache.getIfPresent("a")).isEqualTo("A");
    assertThat(cache.getIfPresent("x")).as("not asked for").isNull();
    assertThatThrownBy(() -> values.put("z", "Z"))
        .isInstanceOf(UnsupportedOperationException.class);
    assertThat(cache.getAll(List.of(), keys -> Map.of())).isEmpty();
  }

  @Test
  void getAll_loaderFails_throwsOrHandsOutWhatIsStale() {
    TieredCache<String, String> cache = builder().staleOnError(TTL).build();
    cache.put("a", "old");
    clock.advance(TTL);
    BulkLoader<String, String> failing =
        keys -> {
          throw new IOException("gone");
        };

    assertThat(cache.getAll(List.of("a"), failing)).containsExactly(Map.entry("a", "old"));
    assertThatThrownBy(() -> cache.getAll(List.of("a", "b"), failing))
        .isInstanceOf(CacheLoadException.class)
        .hasCauseInstanceOf(IOException.class);
    assertThat(cache.getAll(List.of("b"), keys -> Map.of("b", "B"))).hasSize(1);
  }

  @Test
  void getAll_staleWhileRevalidate_loadsBeside() {
    TieredCache<String, String> cache = builder().staleWhileRevalidate(TTL).build();
    cache.put("a", "old");
    clock.advance(TTL);

    assertThat(cache.getAll(List.of("a"), keys -> Map.of("a", "new"))).containsValue("old");
    runBackground();
    assertThat(cache.getIfPresent("a")).isEqualTo("new");
  }

  @Test
  void maximumSize_isKept() {
    TieredCache<String, String> cache = builder().maximumSize(10).build();
    for (int i = 0; i < 100; i++) {
      cache.put("key" + i, "v");
    }

    assertThat(cache.toString()).isEqualTo("TieredCache[test, 10 entries]");
  }

  @Test
  void maximumWeight_isKeptAndWhatIsHeavierIsHandedOutOnly() {
    TieredCache<String, String> cache =
        builder().maximumWeight(10, (key, value) -> value.length()).build();

    assertThat(cache.get("a", key -> "12345678901")).isEqualTo("12345678901");
    assertThat(cache.toString()).isEqualTo("TieredCache[test, 0 entries]");
    cache.get("b", key -> "1234567890");
    assertThat(cache.toString()).isEqualTo("TieredCache[test, 1 entries]");
  }

  @Test
  void meterRegistry_showsWhatIsCounted() {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    TieredCache<String, String> cache = builder().meterRegistry(registry).build();
    cache.get("a", this::count);
    cache.get("a", this::count);
    cache.get("a", this::count);

    assertThat(
            registry
                .get("toolkit.cache.requests")
                .tags("cache", "test", "outcome", "hit")
                .functionCounter()
                .count())
        .isEqualTo(2);
    assertThat(
            registry
                .get("toolkit.cache.requests")
                .tags("outcome", "miss")
                .functionCounter()
                .count())
        .isEqualTo(1);
    assertThat(registry.get("toolkit.cache.loads").functionTimer().count()).isEqualTo(1);
    assertThat(registry.get("toolkit.cache.entries").gauge().value()).isEqualTo(1);
  }

  @Test
  void nulls_areRefused() {
    TieredCache<String, String> cache = builder().build();

    assertThatThrownBy(() -> cache.get(null, this::count)).hasMessage("key");
    assertThatThrownBy(() -> cache.get("a", null)).hasMessage("loader");
    assertThatThrownBy(() -> cache.getIfPresent(null)).hasMessage("key");
    assertThatThrownBy(() -> cache.put("a", null)).hasMessage("value");
    assertThatThrownBy(() -> cache.invalidate(null)).hasMessage("key");
    assertThatThrownBy(() -> cache.invalidateTag(null)).hasMessage("tag");
    assertThatThrownBy(() -> cache.getAll(Arrays.asList("a", null), keys -> Map.of()))
        .hasMessage("key");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "ä", "a/b"})
  void builder_badName_isRefused(String name) {
    assertThatThrownBy(() -> TieredCache.builder(name))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("name must be")
        .hasMessageEndingWith("was " + name);
  }

  @Test
  void builder_badValues_areRefusedWithNameRuleAndValue() {
    TieredCacheBuilder<String, String> builder = builder();

    assertThatThrownBy(() -> builder.maximumSize(0))
        .hasMessage("maximumSize must be 1 or more, was 0");
    assertThatThrownBy(() -> builder.maximumWeight(-1, (key, value) -> 1))
        .hasMessage("maximumWeight must be 1 or more, was -1");
    assertThatThrownBy(() -> builder.timeToLive(Duration.ZERO))
        .hasMessage("timeToLive must be more than zero, was PT0S");
    assertThatThrownBy(() -> builder.timeToLive(Duration.ofSeconds(-1)))
        .hasMessage("timeToLive must not be negative and at most PT8784H, was PT-1S");
    assertThatThrownBy(() -> builder.absentTimeToLive(Duration.ofDays(367)))
        .hasMessage("absentTimeToLive must not be negative and at most PT8784H, was PT8808H");
    assertThatThrownBy(() -> builder.jitter(Double.NaN))
        .hasMessage("jitter must be 0 to 0.9, was NaN");
    assertThatThrownBy(() -> builder.jitter(-0.1)).hasMessageContaining("was -0.1");
    assertThatThrownBy(() -> builder.refreshAhead(101))
        .hasMessage("refreshAhead must be 0 to 100.0, was 101.0");
    assertThatThrownBy(() -> builder.loadTimeout(Duration.ZERO))
        .hasMessage("loadTimeout must be more than zero, was PT0S");
    assertThatThrownBy(() -> builder.softLoadTimeout(Duration.ZERO))
        .hasMessageStartingWith("softLoadTimeout");
    assertThatThrownBy(() -> builder.retryAfterFailure(Duration.ZERO))
        .hasMessageStartingWith("retryAfterFailure");
    assertThatThrownBy(() -> builder.staleOnError(null)).hasMessage("staleOnError");
  }
}
