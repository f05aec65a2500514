// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.scalingtoolkit.core.ratelimit.RateLimit;
import io.scalingtoolkit.core.ratelimit.RateLimiters;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What is merged, bounded, limited, tried again, reported and sent at the end. */
final class BatchingPurgerTest {
  private final ManualTimer timer = new ManualTimer();
  private final FakeCache cache = new FakeCache();
  private final List<LostPurge> lost = new ArrayList<>();
  private double random;

  /** A cache whose answers the test gives. */
  private static final class FakeCache implements Purger {
    final List<Purge> asked = new ArrayList<>();
    final List<CompletableFuture<Void>> answers = new ArrayList<>();
    boolean closed;

    @Override
    public CompletionStage<Void> purge(Purge purge) {
      asked.add(purge);
      CompletableFuture<Void> answer = new CompletableFuture<>();
      answers.add(answer);
      return answer;
    }

    void confirm() {
      answers.remove(0).complete(null);
    }

    void fail(PurgeException.Reason reason, Duration retryAfter) {
      answers.remove(0).completeExceptionally(new PurgeException(reason, "test", null, retryAfter));
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  private BatchingPurger purger(Consumer<BatchingPurgerBuilder> settings) {
    BatchingPurgerBuilder builder =
        BatchingPurger.builder("cdn", cache)
            .again(Duration.ZERO)
            .onLost(lost::add)
            .time(timer.clock.monotonic(), timer, () -> random);
    settings.accept(builder);
    return builder.build();
  }

  private static void assertFailed(CompletionStage<Void> result, PurgeException.Reason reason) {
    assertThat(result.toCompletableFuture())
        .isCompletedExceptionally()
        .failsWithin(Duration.ZERO)
        .withThrowableOfType(ExecutionException.class)
        .havingCause()
        .isInstanceOfSatisfying(
            PurgeException.class, e -> assertThat(e.reason()).isEqualTo(reason));
  }

  private void confirm() {
    cache.confirm();
    timer.run();
  }

  private void fail(PurgeException.Reason reason, Duration retryAfter) {
    cache.fail(reason, retryAfter);
    timer.run();
  }

  @Test
  void purge_whileOneIsSent_waitsAndGoesTogetherOnceEach() {
    BatchingPurger purger = purger(b -> {});
    purger.purge(Purge.tags("a"));
    timer.run();
    CompletionStage<Void> both = purger.purge(Purge.tags("b", "c"));
    CompletionStage<Void> again = purger.purge(Purge.tags("c"));
    CompletionStage<Void> url = purger.purge(Purge.urls(URI.create("http://h/x")));
    timer.run();
    assertThat(cache.asked).containsExactly(Purge.tags("a"));

    confirm();
    assertThat(cache.asked.get(1).tags()).containsExactly("b", "c");
    assertThat(cache.asked.get(1).urls()).containsExactly(URI.create("http://h/x"));
    assertThat(both.toCompletableFuture()).isNotDone();
    confirm();

    assertThat(List.of(both, again, url)).allMatch(each -> each.toCompletableFuture().isDone());
    assertThat(cache.asked).hasSize(2);
    assertThat(purger.stats()).isEqualTo(new PurgeStats(4, 1, 0, 2, 0, 0));
  }

  @Test
  void purge_ofWhatIsBeingSent_isSentAgain() {
    BatchingPurger purger = purger(b -> {});
    purger.purge(Purge.tags("a"));
    timer.run();
    CompletionStage<Void> later = purger.purge(Purge.tags("a"));
    confirm();

    assertThat(later.toCompletableFuture())
        .as("the first may have come before the change that the second is for")
        .isNotDone();
    confirm();
    assertThat(later.toCompletableFuture()).isCompleted();
    assertThat(cache.asked).hasSize(2);
  }

  @Test
  void purge_ofMany_goesInBatches() {
    BatchingPurger purger = purger(b -> b.batchSize(100));
    List<String> tags = IntStream.range(0, 250).mapToObj(i -> "t" + i).toList();
    CompletionStage<Void> all = purger.purge(Purge.tags(tags));
    timer.run();
    confirm();
    confirm();
    assertThat(all.toCompletableFuture()).isNotDone();
    confirm();

    assertThat(all.toCompletableFuture()).isCompleted();
    assertThat(cache.asked).extracting(Purge::size).containsExactly(100, 100, 50);
  }

  @Test
  void purge_withoutRoom_isRefusedAsAWholeAndReported() {
    BatchingPurger purger = purger(b -> b.maxWaiting(3));
    purger.purge(Purge.tags("a", "b"));
    CompletionStage<Void> refused = purger.purge(Purge.tags("c", "d"));
    CompletionStage<Void> merged = purger.purge(Purge.tags("a", "c"));

    assertFailed(refused, PurgeException.Reason.FULL);
    assertThat(lost).extracting(LostPurge::what).containsExactly(Purge.tags("c", "d"));
    timer.run();
    assertThat(cache.asked.get(0).tags()).containsExactly("a", "b", "c");
    assertFailed(purger.purge(Purge.tags("d")), PurgeException.Reason.FULL);
    confirm();
    assertThat(merged.toCompletableFuture()).isCompleted();
    assertThat(purger.stats().lost()).isEqualTo(3);
  }

  @Test
  void requests_withALimit_waitForTheirTurnAndTakeAlongWhatComes() {
    BatchingPurger purger =
        purger(
            b ->
                b.limiter(
                    RateLimiters.local(
                        RateLimit.of(1).per(Duration.ofSeconds(10)), timer.clock.monotonic())));
    purger.purge(Purge.tags("a"));
    timer.run();
    confirm();
    purger.purge(Purge.tags("b"));
    timer.advance(Duration.ofSeconds(9));
    purger.purge(Purge.tags("c"));
    assertThat(cache.asked).hasSize(1);
    timer.advance(Duration.ofSeconds(1));

    assertThat(cache.asked.get(1).tags()).containsExactly("b", "c");
  }

  @Test
  void failure_thatPasses_isTriedEverLater() {
    BatchingPurger purger = purger(b -> {});
    CompletionStage<Void> result = purger.purge(Purge.tags("a"));
    timer.run();
    for (long pause : List.of(200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000)) {
      int before = cache.asked.size();
      fail(PurgeException.Reason.UNAVAILABLE, Duration.ZERO);
      timer.advance(Duration.ofMillis(pause - 1));
      assertThat(cache.asked).hasSize(before);
      timer.advance(Duration.ofMillis(1));
      assertThat(cache.asked).hasSize(before + 1);
    }
    confirm();

    assertThat(result.toCompletableFuture()).isCompleted();
    assertThat(purger.stats().failedRequests()).isEqualTo(10);
    purger.purge(Purge.tags("b"));
    timer.run();
    fail(PurgeException.Reason.UNAVAILABLE, Duration.ZERO);
    timer.advance(Duration.ofMillis(200));
    assertThat(cache.asked).as("a success ends the doubling").hasSize(13);
  }

  @Test
  void pause_isShortenedAtRandomByUpToAHalf() {
    BatchingPurger purger = purger(b -> {});
    purger.purge(Purge.tags("a"));
    timer.run();
    random = 0.999;
    fail(PurgeException.Reason.UNAVAILABLE, Duration.ZERO);
    timer.advance(Duration.ofMillis(100));
    assertThat(cache.asked).hasSize(1);
    timer.advance(Duration.ofMillis(1));

    assertThat(cache.asked).hasSize(2);
  }

  @Test
  void pause_thatTheCacheAsksFor_isKept() {
    BatchingPurger purger = purger(b -> {});
    purger.purge(Purge.tags("a"));
    timer.run();
    fail(PurgeException.Reason.UNAVAILABLE, Duration.ofSeconds(90));
    timer.advance(Duration.ofMillis(89_999));
    assertThat(cache.asked).hasSize(1);
    timer.advance(Duration.ofMillis(1));

    assertThat(cache.asked).hasSize(2);
  }

  @Test
  void failedBatch_comesBeforeOthers_withWhatWasAskedMeanwhile() {
    BatchingPurger purger = purger(b -> b.batchSize(2));
    CompletionStage<Void> first = purger.purge(Purge.tags("a", "b"));
    timer.run();
    CompletionStage<Void> second = purger.purge(Purge.tags("c", "a"));
    fail(PurgeException.Reason.UNAVAILABLE, Duration.ZERO);
    timer.advance(Duration.ofSeconds(1));

    assertThat(cache.asked.get(1)).isEqualTo(Purge.tags("a", "b"));
    confirm();
    assertThat(first.toCompletableFuture()).isCompleted();
    assertThat(second.toCompletableFuture()).isNotDone();
    confirm();
    assertThat(second.toCompletableFuture()).isCompleted();
    assertThat(cache.asked.get(2)).isEqualTo(Purge.tags("c"));
  }

  @Test
  void failure_overTheWholeLifetime_isGivenUpAndReported() {
    BatchingPurger purger = purger(b -> b.giveUpAfter(Duration.ofSeconds(10)));
    CompletionStage<Void> old = purger.purge(Purge.tags("old"));
    timer.run();
    timer.advance(Duration.ofSeconds(9));
    CompletionStage<Void> young = purger.purge(Purge.tags("young"));
    timer.advance(Duration.ofSeconds(1));
    fail(PurgeException.Reason.UNAVAILABLE, Duration.ZERO);

    assertFailed(old, PurgeException.Reason.UNAVAILABLE);
    assertThat(lost).extracting(LostPurge::what).containsExactly(Purge.tags("old"));
    timer.advance(Duration.ofSeconds(1));
    confirm();
    assertThat(young.toCompletableFuture()).isCompleted();
  }

  @Test
  void refusal_ofABatch_losesOnlyTheOneToBlame() {
    BatchingPurger purger = purger(b -> {});
    CompletionStage<Void> first = purger.purge(Purge.tags("a"));
    CompletionStage<Void> bad = purger.purge(Purge.tags("bad"));
    CompletionStage<Void> last = purger.purge(Purge.tags("c"));
    timer.run();
    fail(PurgeException.Reason.REFUSED, Duration.ZERO);
    confirm();
    fail(PurgeException.Reason.REFUSED, Duration.ZERO);
    confirm();

    assertThat(cache.asked)
        .containsExactly(
            Purge.tags("a", "bad", "c"), Purge.tags("a"), Purge.tags("bad"), Purge.tags("c"));
    assertThat(first.toCompletableFuture()).isCompleted();
    assertThat(last.toCompletableFuture()).isCompleted();
    assertFailed(bad, PurgeException.Reason.REFUSED);
    assertThat(lost).hasSize(1);
  }

  @Test
  void purge_thatThrows_isTriedAgain() {
    List<Purge> asked = new ArrayList<>();
    BatchingPurger purger =
        BatchingPurger.builder(
                "cdn",
                purge -> {
                  asked.add(purge);
                  if (asked.size() == 1) {
                    throw new IllegalStateException("test");
                  }
                  return CompletableFuture.completedFuture(null);
                })
            .time(timer.clock.monotonic(), timer, () -> 0)
            .build();
    CompletionStage<Void> result = purger.purge(Purge.tags("a"));
    timer.advance(Duration.ofSeconds(1));

    assertThat(result.toCompletableFuture()).isCompleted();
  }

  @Test
  void purge_again_closesTheGapOfAnswersUnderWay() {
    BatchingPurger purger = purger(b -> b.again(Duration.ofSeconds(3)));
    CompletionStage<Void> result = purger.purge(Purge.tags("a"));
    timer.run();
    confirm();
    assertThat(result.toCompletableFuture()).as("does not wait for the second").isCompleted();
    timer.advance(Duration.ofSeconds(2));
    purger.purge(Purge.tags("a"));
    timer.run();
    confirm();
    timer.advance(Duration.ofMillis(2_999));
    assertThat(cache.asked).as("one second purge, of the later time").hasSize(2);
    timer.advance(Duration.ofMillis(1));
    assertThat(cache.asked).hasSize(3);
    confirm();
    timer.advance(Duration.ofHours(1));

    assertThat(cache.asked).as("and no third").hasSize(3);
    assertThat(purger.stats().waiting()).isZero();
  }

  @Test
  void purge_again_ofOneAskedForOnceMore_doesNotHoldUpAnother() {
    BatchingPurger purger = purger(b -> b.again(Duration.ofSeconds(3)));
    for (String tag : List.of("a", "b", "a")) {
      purger.purge(Purge.tags(tag));
      timer.run();
      confirm();
      timer.advance(Duration.ofSeconds(1));
    }
    timer.advance(Duration.ofSeconds(1)); // 3 seconds after b

    assertThat(cache.asked.subList(3, cache.asked.size())).containsExactly(Purge.tags("b"));
  }

  @Test
  void close_sendsWhatWaits_secondPurgesAtOnce() {
    BatchingPurger purger = purger(b -> b.again(Duration.ofHours(1)));
    purger.purge(Purge.tags("a"));
    timer.run();
    confirm();
    CompletionStage<Void> last = purger.purge(Purge.tags("b"));
    CompletableFuture<Void> closing = CompletableFuture.runAsync(purger::close);
    await().until(() -> purger.purge(Purge.tags("c")).toCompletableFuture().isDone());
    timer.run();
    confirm();
    while (!cache.answers.isEmpty()) {
      confirm();
    }

    assertThat(closing).succeedsWithin(Duration.ofSeconds(10));
    assertThat(last.toCompletableFuture()).isCompleted();
    assertThat(cache.asked.stream().filter(each -> each.tags().contains("a"))).hasSize(2);
    assertThat(cache.closed).isTrue();
    assertThat(lost)
        .as("what came after it was closed")
        .allMatch(each -> each.what().equals(Purge.tags("c")));
  }

  @Test
  void close_withADeadCache_endsInTimeAndReportsAllThatIsLeft() {
    BatchingPurger purger =
        purger(b -> b.again(Duration.ofHours(1)).closeTimeout(Duration.ofSeconds(5)).batchSize(1));
    purger.purge(Purge.tags("again"));
    timer.run();
    confirm();
    CompletionStage<Void> sent = purger.purge(Purge.tags("sent"));
    timer.run();
    CompletionStage<Void> waits = purger.purge(Purge.tags("waits"));
    CompletableFuture<Void> closing = CompletableFuture.runAsync(purger::close);
    await()
        .until(
            () -> {
              timer.advance(Duration.ofSeconds(1));
              return closing.isDone();
            });

    assertFailed(sent, PurgeException.Reason.CLOSED);
    assertFailed(waits, PurgeException.Reason.CLOSED);
    assertThat(lost.stream().flatMap(each -> each.what().tags().stream()))
        .containsExactlyInAnyOrder("again", "sent", "waits");
    purger.close(); // again does nothing
  }

  @Test
  void listener_thatThrows_changesNothing() {
    BatchingPurger purger =
        purger(
            b ->
                b.maxWaiting(1)
                    .onLost(
                        each -> {
                          throw new IllegalStateException("test");
                        }));

    assertFailed(purger.purge(Purge.tags("a", "b")), PurgeException.Reason.FULL);
  }

  @Test
  void meters_ofAPurger_countAndGoWithIt() {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    BatchingPurger purger = purger(b -> b.meterRegistry(registry));
    purger.purge(Purge.tags("a", "b"));
    assertThat(registry.get("toolkit.cache.purge.waiting").gauge().value()).isEqualTo(2);
    timer.run();
    confirm();

    assertThat(
            registry
                .get("toolkit.cache.purges")
                .tags("purger", "cdn", "outcome", "done")
                .functionCounter()
                .count())
        .isEqualTo(2);
    CompletableFuture<Void> closing = CompletableFuture.runAsync(purger::close);
    await()
        .until(
            () -> {
              timer.run();
              return closing.isDone();
            });
    assertThat(registry.getMeters()).isEmpty();
  }

  @Test
  void builder_ofWhatBreaksARule_namesIt() {
    BatchingPurgerBuilder builder = BatchingPurger.builder("cdn", cache);

    assertThatThrownBy(() -> BatchingPurger.builder("a b", cache))
        .hasMessageContaining("name must be 1 to 64");
    assertThatThrownBy(() -> builder.batchSize(0))
        .hasMessage("batchSize must be 1 to 10000, was 0");
    assertThatThrownBy(() -> builder.maxWaiting(0)).hasMessageContaining("maxWaiting must be 1 to");
    assertThatThrownBy(() -> builder.again(Duration.ofHours(2)))
        .hasMessage("again must be PT0S to PT1H, was PT2H");
    assertThatThrownBy(() -> builder.backoff(Duration.ofSeconds(2), Duration.ofSeconds(1)))
        .hasMessage("longest backoff must be PT2S to PT1H, was PT1S");
    assertThatThrownBy(() -> builder.giveUpAfter(Duration.ZERO))
        .hasMessageContaining("giveUpAfter must be");
    assertThatThrownBy(() -> builder.closeTimeout(Duration.ofSeconds(-1)))
        .hasMessageContaining("closeTimeout must be");
  }
}
