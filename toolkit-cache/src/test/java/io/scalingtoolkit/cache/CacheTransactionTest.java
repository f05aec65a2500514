// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Changes that wait for a commit, announced before it or not. */
class CacheTransactionTest {
  private static final Duration LONGEST = Duration.ofMinutes(1);

  private final AtomicReference<String> row = new AtomicReference<>("v1");
  private final TieredCache<String, String> cache =
      TieredCache.<String, String>builder("names").tags((key, value) -> List.of("tag")).build();
  private final CacheTransaction changes = CacheTransaction.begin();

  @BeforeEach
  void fill() {
    cache.get("a", key -> "v1");
  }

  private void prepare(boolean twoPhase) {
    if (twoPhase) {
      changes.prepare(LONGEST);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void committed_makesTheChanges_andOnlyThen(boolean twoPhase) {
    cache.get("b", key -> "v1");
    changes.invalidate(cache, "a");
    changes.put(cache, "b", "v2");
    assertThat(cache.getIfPresent("a")).isEqualTo("v1");
    assertThat(cache.getIfPresent("b")).isEqualTo("v1");
    prepare(twoPhase);
    changes.committed();

    assertThat(cache.getIfPresent("a")).isNull();
    assertThat(cache.getIfPresent("b")).isEqualTo("v2");
    cache.get("a", key -> "v2");
    assertThat(cache.getIfPresent("a")).isEqualTo("v2");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void rolledBack_makesNone(boolean twoPhase) {
    try (changes) {
      changes.invalidate(cache, "a");
      changes.put(cache, "b", "never");
      prepare(twoPhase);
    }
    changes.committed();

    assertThat(cache.getIfPresent("a")).isEqualTo(twoPhase ? null : "v1");
    assertThat(cache.getIfPresent("b")).isNull();
    cache.get("a", key -> "v1");
    assertThat(cache.getIfPresent("a")).isEqualTo("v1");
  }

  @Test
  void tagsAndAll_areInvalidatedAfterTheCommit() {
    changes.invalidateTag(cache, "tag");
    assertThat(cache.getIfPresent("a")).isEqualTo("v1");
    changes.committed();
    assertThat(cache.getIfPresent("a")).isNull();

    cache.get("a", key -> "v2");
    CacheTransaction next = CacheTransaction.begin();
    next.invalidateAll(cache);
    assertThat(cache.getIfPresent("a")).isEqualTo("v2");
    next.committed();
    assertThat(cache.getIfPresent("a")).isNull();
  }

  @Test
  void prepare_keepsOthersFromKeepingTheOldValue() {
    changes.invalidate(cache, "a");
    changes.prepare(LONGEST);
    cache.get("a", key -> "v1"); // and now the process dies after its commit

    assertThat(cache.getIfPresent("a")).isNull();
  }

  @Test
  void get_ofWhatItHasChanged_goesPastTheCache_andIsNotKept() {
    changes.invalidate(cache, "a");
    row.set("v2");

    assertThat(changes.get(cache, "a", key -> row.get())).isEqualTo("v2");
    row.set("v3");
    assertThat(changes.get(cache, "a", key -> row.get())).isEqualTo("v3");
    assertThat(cache.getIfPresent("a")).as("what others get").isEqualTo("v1");
    changes.committed();
    assertThat(cache.getIfPresent("a")).isNull();
  }

  @Test
  void get_ofAnythingElse_usesTheCache_andKeepsWhatItLoadsAfterTheCommit() {
    assertThat(changes.get(cache, "a", key -> "other")).isEqualTo("v1");
    assertThat(changes.get(cache, "b", key -> "w1")).isEqualTo("w1");
    assertThat(changes.get(cache, "b", key -> "other")).as("its own, again").isEqualTo("w1");
    assertThat(cache.getIfPresent("b")).isNull();
    changes.committed();

    assertThat(cache.getIfPresent("b")).isEqualTo("w1");
  }

  @Test
  void loaded_andInvalidatedByOthers_isNotKept() {
    changes.get(cache, "b", key -> "w1");
    cache.invalidate("b");
    changes.committed();

    assertThat(cache.getIfPresent("b")).isNull();
  }

  @Test
  void distrusted_onlyInvalidates() {
    changes.get(cache, "b", key -> "w1");
    changes.put(cache, "a", "v2");
    changes.distrustValues();
    changes.committed();

    assertThat(cache.getIfPresent("a")).isNull();
    assertThat(cache.getIfPresent("b")).isNull();
  }

  @Test
  void committed_whatFails_keepsNoneFromBeingMade_andIsThrown() {
    TieredCache<String, String> untagged = TieredCache.<String, String>builder("x").build();
    changes.invalidateTag(untagged, "none");
    changes.replace(
        untagged,
        "b",
        () -> {
          throw new IllegalStateException("of an adapter");
        });
    changes.invalidate(cache, "a");

    assertThatThrownBy(changes::committed)
        .hasMessage("of an adapter")
        .satisfies(problem -> assertThat(problem.getSuppressed()).hasSize(1));
    assertThat(cache.getIfPresent("a")).isNull();
  }

  @Test
  void afterItsEnd_changesAreRefused() {
    changes.committed();

    assertThatThrownBy(() -> changes.invalidate(cache, "a"))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void get_whatTheLoaderThrows_isThrown() {
    assertThatThrownBy(
            () ->
                changes.get(
                    cache,
                    "b",
                    key -> {
                      throw new IOException("of the loader");
                    }))
        .isInstanceOf(CacheLoadException.class)
        .hasCauseInstanceOf(IOException.class);
  }
}
