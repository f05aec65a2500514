// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.consistency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.scalingtoolkit.core.time.ManualClock;
import io.scalingtoolkit.core.time.MonotonicClock;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ConsistencyScopeTest {
  private static final String DB = "orders";
  private static final Position UNRESOLVED = Position.unresolved();

  private final ManualClock time = ManualClock.atEpoch();
  private final MonotonicClock clock = time.monotonic();

  @AfterEach
  void noScopeIsLeftOnTheThread() {
    assertThat(ConsistencyScope.current()).isNull();
  }

  private static Position lsn(long lsn) {
    return new LsnPosition(1, 1, lsn);
  }

  private long tick() {
    time.advance(Duration.ofMillis(300));
    return clock.nanoTime();
  }

  private ConsistencyScope open(Bookmark bookmark) {
    return ConsistencyScope.open(bookmark, clock);
  }

  @Test
  void open_withABookmark_requiresItsPositions() {
    try (ConsistencyScope scope = ConsistencyScope.open(Bookmark.of(DB, lsn(5)))) {
      assertThat(ConsistencyScope.current()).isSameAs(scope);
      assertThat(scope.position(DB)).isEqualTo(lsn(5));
      assertThat(scope.position("users")).isNull();
    }
    assertThat(ConsistencyScope.current()).isNull();
  }

  @Test
  void wrote_untilALaterSample_isUnresolved() {
    try (ConsistencyScope scope = open(Bookmark.of(DB, lsn(5)))) {
      long before = tick();
      long committed = tick();
      scope.wrote(DB, committed);
      long after = tick();

      assertThat(scope.position(DB)).isSameAs(UNRESOLVED);
      assertThat(scope.bookmark().position(DB)).isSameAs(UNRESOLVED);
      assertThat(scope.resolve(DB, lsn(7), before)).isFalse();
      assertThat(scope.resolve(DB, lsn(7), committed)).isFalse();
      assertThat(scope.position(DB)).isSameAs(UNRESOLVED);
      assertThat(scope.resolve(DB, lsn(9), after)).isTrue();
      assertThat(scope.position(DB)).isEqualTo(lsn(9));
      assertThat(scope.bookmark()).isEqualTo(Bookmark.of(DB, lsn(9)));
    }
  }

  @Test
  void wrote_twiceOutOfOrder_needsASampleAfterTheLatest() {
    try (ConsistencyScope scope = open(Bookmark.empty())) {
      long first = tick();
      long between = tick();
      long second = tick();
      scope.wrote(DB, second);
      scope.wrote(DB, first);

      assertThat(scope.resolve(DB, lsn(7), between)).isFalse();
      assertThat(scope.resolve(DB, lsn(8), tick())).isTrue();
      assertThat(scope.position(DB)).isEqualTo(lsn(8));
    }
  }

  @Test
  void resolve_withNothingPending_changesNothing() {
    try (ConsistencyScope scope = open(Bookmark.of(DB, lsn(5)))) {
      assertThat(scope.resolve(DB, lsn(9), tick())).isTrue();
      assertThat(scope.resolve("users", lsn(9), tick())).isTrue();

      assertThat(scope.position(DB)).isEqualTo(lsn(5));
      assertThat(scope.position("users")).isNull();
    }
  }

  @Test
  void observe_earlierPosition_keepsTheLater() {
    try (ConsistencyScope scope = open(Bookmark.of(DB, lsn(5)))) {
      scope.observe(DB, lsn(3));
      assertThat(scope.position(DB)).isEqualTo(lsn(5));

      scope.observe(DB, lsn(8));
      assertThat(scope.position(DB)).isEqualTo(lsn(8));
    }
  }

  @Test
  void open_withAnUnresolvedPosition_isPendingSinceThen() {
    try (ConsistencyScope scope = open(Bookmark.of(DB, UNRESOLVED))) {
      long opened = clock.nanoTime();

      assertThat(scope.resolve(DB, lsn(7), opened)).isFalse();
      assertThat(scope.resolve(DB, lsn(7), tick())).isTrue();
      assertThat(scope.position(DB)).isEqualTo(lsn(7));
    }
  }

  @Test
  void open_withEverySourceUnresolved_isPendingForAnySourceUntilASample() {
    try (ConsistencyScope scope = open(Bookmark.unresolved())) {
      assertThat(scope.position("any")).isSameAs(UNRESOLVED);
      assertThat(scope.resolve(DB, lsn(7), tick())).isTrue();

      assertThat(scope.position(DB)).isEqualTo(lsn(7));
      assertThat(scope.position("any")).isSameAs(UNRESOLVED);
      assertThat(scope.exportBookmark()).isEqualTo(Bookmark.unresolved());
    }
  }

  @Test
  void observe_positionOfAnotherCluster_isPendingAndThenRebased() {
    Position foreign = new LsnPosition(2, 1, 900);
    try (ConsistencyScope scope = open(Bookmark.of(DB, foreign))) {
      scope.observe(DB, lsn(5));
      assertThat(scope.position(DB)).isSameAs(UNRESOLVED);

      assertThat(scope.resolve(DB, lsn(7), tick())).isTrue();
      assertThat(scope.position(DB)).isEqualTo(lsn(7));
    }
  }

  @Test
  void resolve_withASampleOfAnotherCluster_waitsForTheNextSample() {
    try (ConsistencyScope scope = open(Bookmark.of(DB, lsn(5)))) {
      Position other = new LsnPosition(2, 1, 3);
      scope.wrote(DB, tick());
      long sent = tick();
      tick();

      assertThat(scope.resolve(DB, other, sent)).isFalse();
      assertThat(scope.resolve(DB, other, sent)).isFalse();
      assertThat(scope.resolve(DB, other, tick())).isTrue();
      assertThat(scope.position(DB)).isEqualTo(other);
    }
  }

  @Test
  void exportBookmark_withAPendingWrite_asksThePrimaryOnce() {
    try (ConsistencyScope scope = open(Bookmark.of("users", lsn(1)))) {
      int[] asked = {0};
      scope.register(
          DB,
          () -> {
            asked[0]++;
            tick();
            return lsn(9);
          });
      scope.wrote(DB, tick());
      tick();
      Bookmark expected = Bookmark.of("users", lsn(1)).with(DB, lsn(9));

      assertThat(scope.exportBookmark()).isEqualTo(expected);
      assertThat(scope.exportBookmark()).isEqualTo(expected);
      assertThat(scope.position(DB)).isEqualTo(lsn(9));
      assertThat(asked[0]).isEqualTo(1);
    }
  }

  @Test
  void exportBookmark_whereTheSampleFailsOrNobodyCanBeAsked_isUnresolved() {
    try (ConsistencyScope scope = open(Bookmark.of(DB, lsn(5)))) {
      scope.register(
          DB,
          () -> {
            throw new IOException("the primary does not answer");
          });
      scope.wrote(DB, tick());
      scope.wrote("users", tick());

      Bookmark exported = scope.exportBookmark();

      assertThat(exported.position(DB)).isSameAs(UNRESOLVED);
      assertThat(exported.position("users")).isSameAs(UNRESOLVED);
      assertThat(scope.resolve(DB, lsn(9), tick())).isTrue();
      assertThat(scope.exportBookmark().position(DB)).isEqualTo(lsn(9));
    }
  }

  @Test
  void exportBookmark_interrupted_isUnresolvedAndStaysInterrupted() {
    try (ConsistencyScope scope = open(Bookmark.empty())) {
      scope.register(
          DB,
          () -> {
            throw new InterruptedException();
          });
      scope.wrote(DB, tick());

      Bookmark exported = scope.exportBookmark();

      assertThat(Thread.interrupted()).isTrue();
      assertThat(exported.position(DB)).isSameAs(UNRESOLVED);
    }
  }

  @Test
  void exportBookmark_withAWriteDuringTheSample_keepsThatWritePending() {
    try (ConsistencyScope scope = open(Bookmark.empty())) {
      scope.register(
          DB,
          () -> {
            scope.wrote(DB, tick());
            return lsn(9);
          });
      scope.wrote(DB, tick());

      assertThat(scope.exportBookmark().position(DB)).isEqualTo(lsn(9));
      assertThat(scope.position(DB)).isSameAs(UNRESOLVED);
    }
  }

  @Test
  void open_insideAnother_sharesWhatBothHaveSeen() {
    try (ConsistencyScope outer = open(Bookmark.of(DB, lsn(5)))) {
      outer.wrote("audit", tick());
      try (ConsistencyScope inner = ConsistencyScope.open(Bookmark.of("users", lsn(3)))) {
        assertThat(ConsistencyScope.current()).isSameAs(inner);
        assertThat(inner.position(DB)).isEqualTo(lsn(5));
        assertThat(inner.position("audit")).isSameAs(UNRESOLVED);
        inner.wrote(DB, tick());
      }
      assertThat(ConsistencyScope.current()).isSameAs(outer);
      assertThat(outer.position("users")).isEqualTo(lsn(3));
      assertThat(outer.position(DB)).isSameAs(UNRESOLVED);
    }
  }

  @Test
  void open_insideAnotherWithAnotherClock_isRefused() {
    try (ConsistencyScope outer = open(Bookmark.empty())) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> ConsistencyScope.open(Bookmark.of(DB, lsn(1)), MonotonicClock.system()))
          .withMessageStartingWith("clock must be that of the scope around this one");
      assertThat(outer.bookmark().isEmpty()).isTrue();
      assertThat(ConsistencyScope.current()).isSameAs(outer);
    }
  }

  @Test
  void close_outerBeforeInner_closesBothAndLosesNothing() {
    ConsistencyScope outer = open(Bookmark.empty());
    ConsistencyScope inner = ConsistencyScope.open();
    inner.wrote(DB, tick());

    outer.close();
    assertThat(ConsistencyScope.current()).isNull();

    inner.close();
    outer.close();
    assertThat(ConsistencyScope.current()).isNull();
    assertThat(outer.bookmark().position(DB)).isSameAs(UNRESOLVED);
  }

  @Test
  void close_byAnotherThread_isRefusedAndTheScopeStaysOpen() {
    try (ConsistencyScope scope = open(Bookmark.empty())) {
      CompletableFuture<Void> other = CompletableFuture.runAsync(scope::close);

      assertThat(other.handle((nothing, e) -> e).orTimeout(10, TimeUnit.SECONDS).join())
          .hasRootCauseInstanceOf(IllegalStateException.class)
          .hasMessageContaining("must be closed by the thread that opened it");
      assertThat(ConsistencyScope.current()).isSameAs(scope);
    }
  }

  @Test
  void wrote_afterClose_stillReachesTheScopeAround() {
    try (ConsistencyScope outer = open(Bookmark.empty())) {
      ConsistencyScope inner = ConsistencyScope.open();
      inner.close();
      inner.wrote(DB, tick());

      assertThat(outer.position(DB)).isSameAs(UNRESOLVED);
    }
  }

  @Test
  void observe_badSourceName_isRefusedAndNothingIsRecorded() {
    try (ConsistencyScope scope = open(Bookmark.empty())) {
      assertThatIllegalArgumentException().isThrownBy(() -> scope.observe("a b", lsn(1)));
      assertThatIllegalArgumentException().isThrownBy(() -> scope.wrote("", tick()));
      assertThatIllegalArgumentException().isThrownBy(() -> scope.register("a/b", () -> lsn(1)));
      assertThat(scope.bookmark().isEmpty()).isTrue();
    }
  }

  @Test
  void wrote_toMoreSourcesThanAreKeptApart_isPendingForEverySourceSinceTheLatest() {
    try (ConsistencyScope scope = open(Bookmark.empty())) {
      long early = tick();
      long late = tick() + 10;
      scope.wrote("s0", late);
      for (int i = 1; i <= Bookmark.MAX_SOURCES; i++) {
        scope.wrote("s" + i, early);
      }

      // The first write carries the latest time, as if another thread had recorded it while this
      // one was on its way: a sample between the two must not resolve it.
      assertThat(scope.resolve("s0", lsn(1), late - 5)).isFalse();
      assertThat(scope.position("never-named")).isSameAs(UNRESOLVED);
      assertThat(scope.bookmark()).isEqualTo(Bookmark.unresolved());
      assertThat(scope.resolve("s0", lsn(2), tick())).isTrue();
    }
  }

  @Test
  void readFrom_aServer_letsItAloneQualifyUntilItsSample() {
    PositionSource server = () -> lsn(8);
    try (ConsistencyScope scope = open(Bookmark.of(DB, lsn(5)))) {
      long sentBefore = tick();
      scope.readFrom(DB, server, tick());

      assertThat(scope.requirement(DB).position()).isEqualTo(lsn(5));
      assertThat(scope.requirement(DB).server()).isSameAs(server);
      assertThat(scope.position(DB)).isSameAs(UNRESOLVED);
      assertThat(scope.resolveRead(DB, server, lsn(7), sentBefore)).isFalse();
      assertThat(scope.resolveRead(DB, server, lsn(7), tick())).isTrue();
      assertThat(scope.requirement(DB).server()).isNull();
      assertThat(scope.position(DB)).isEqualTo(lsn(7));
    }
  }

  @Test
  void readFrom_twoServersBeforeASample_isPending() {
    PositionSource first = () -> lsn(8);
    PositionSource second = () -> lsn(9);
    try (ConsistencyScope scope = open(Bookmark.empty())) {
      scope.readFrom(DB, first, tick());
      long late = tick();
      scope.readFrom(DB, second, late - 1);

      assertThat(scope.requirement(DB).position()).isSameAs(UNRESOLVED);
      assertThat(scope.requirement(DB).server()).isNull();
      assertThat(scope.resolve(DB, lsn(3), late - 1)).isFalse();
      assertThat(scope.resolve(DB, lsn(9), late)).isTrue();
    }
  }

  @Test
  void wrote_afterALaterRead_needsASampleAfterTheRead() {
    try (ConsistencyScope scope = open(Bookmark.empty())) {
      long committed = tick();
      long between = tick();
      scope.readFrom(DB, () -> lsn(8), tick());
      scope.wrote(DB, committed);

      assertThat(scope.resolve(DB, lsn(7), between)).isFalse();
      assertThat(scope.resolve(DB, lsn(9), tick())).isTrue();
    }
  }

  @Test
  void exportBookmark_afterAReadFromAServer_asksThatServerAlone() {
    try (ConsistencyScope scope = open(Bookmark.empty())) {
      scope.register(
          DB,
          () -> {
            throw new IOException("the primary is not asked");
          });
      scope.readFrom(DB, () -> lsn(8), tick());
      tick();

      assertThat(scope.exportBookmark()).isEqualTo(Bookmark.of(DB, lsn(8)));
    }
  }

  @Test
  void exportBookmark_whenTheServerIsGone_asksThePrimary() {
    try (ConsistencyScope scope = open(Bookmark.empty())) {
      scope.register(DB, () -> lsn(9));
      scope.readFrom(
          DB,
          () -> {
            throw new IOException("gone");
          },
          tick());
      tick();

      assertThat(scope.exportBookmark()).isEqualTo(Bookmark.of(DB, lsn(9)));
    }
  }

  @Test
  void rebase_onlyWhatWasRead_isReplaced() {
    Position foreign = new LsnPosition(2, 1, 900);
    try (ConsistencyScope scope = open(Bookmark.of(DB, foreign))) {
      assertThat(scope.rebase(DB, lsn(1), lsn(7))).isFalse();
      assertThat(scope.position(DB)).isEqualTo(foreign);
      assertThat(scope.rebase(DB, foreign, lsn(7))).isTrue();
      assertThat(scope.position(DB)).isEqualTo(lsn(7));
      scope.wrote(DB, tick());
      assertThat(scope.rebase(DB, lsn(7), lsn(8))).isFalse();
    }
  }

  @Test
  void rebase_afterAReadFromAServer_forgetsNoneOfIt() {
    PositionSource server = () -> lsn(9);
    Position foreign = new LsnPosition(2, 1, 900);
    try (ConsistencyScope scope = open(Bookmark.of(DB, foreign))) {
      scope.readFrom(DB, server, tick());
      assertThat(scope.rebase(DB, foreign, lsn(7))).isTrue();
      assertThat(scope.requirement(DB).position()).isEqualTo(lsn(7));
      assertThat(scope.requirement(DB).server()).isSameAs(server);
    }
  }

  @Test
  void resume_aDetachedScope_goesOnWithItsSession() {
    ConsistencyScope kept = ConsistencyScope.detached(Bookmark.of(DB, lsn(5)), clock);
    try (ConsistencyScope outer = open(Bookmark.empty())) {
      try (ConsistencyScope resumed = ConsistencyScope.resume(kept)) {
        assertThat(ConsistencyScope.current()).isSameAs(resumed);
        assertThat(resumed.position(DB)).isEqualTo(lsn(5));
        resumed.observe(DB, lsn(9));
      }
      assertThat(ConsistencyScope.current()).isSameAs(outer);
      assertThat(outer.position(DB)).isNull();
    }
    assertThat(kept.position(DB)).isEqualTo(lsn(9));
  }
}
