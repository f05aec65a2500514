// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scalingtoolkit.core.time.MonotonicClock;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class FanOutTest {
  /** Work with a result that has to be freed. */
  private static final class Job extends ShardJob<String> {
    private final CountDownLatch go = new CountDownLatch(1);
    private final CountDownLatch discarded = new CountDownLatch(1);
    private final SQLException failure;

    Job(String shard, SQLException failure) {
      super(shard);
      this.failure = failure;
    }

    Job ready() {
      go.countDown();
      return this;
    }

    @Override
    String work() throws SQLException {
      try {
        go.await();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      if (failure != null) {
        throw failure;
      }
      return shard();
    }

    @Override
    void discard(String result) {
      discarded.countDown();
    }
  }

  private static FanOut fanOut(Executor executor) {
    return new FanOut(
        new QueryThreads(executor),
        8,
        FailurePolicy.FAIL,
        Deadline.in(Duration.ofSeconds(20), MonotonicClock.system()));
  }

  @Test
  void run_endedButNotLookedAtWhenAnotherFails_isDiscarded() throws Exception {
    Job bad = new Job("bad", new SQLException("down")).ready();
    Job good = new Job("good", null).ready();

    assertThatThrownBy(() -> fanOut(Runnable::run).run(List.of(bad, good)))
        .hasMessage("shard \"bad\": down");

    assertThat(good.discarded.await(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void run_lookedAtBeforeAnotherFails_isDiscarded() throws Exception {
    Job good = new Job("good", null).ready();
    Job bad = new Job("bad", new SQLException("down")).ready();

    assertThatThrownBy(() -> fanOut(Runnable::run).run(List.of(good, bad)))
        .hasMessage("shard \"bad\": down");

    assertThat(good.discarded.await(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void run_endsAfterAnotherFailed_isDiscarded() throws Exception {
    Job slow = new Job("slow", null);
    Job bad = new Job("bad", new SQLException("down")).ready();

    assertThatThrownBy(() -> fanOut(null).run(List.of(slow, bad)))
        .hasMessage("shard \"bad\": down");
    slow.ready();

    assertThat(slow.discarded.await(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void run_allWell_keepsAll() throws Exception {
    Job one = new Job("one", null).ready();
    Job two = new Job("two", null).ready();

    assertThat(fanOut(null).run(List.of(one, two)))
        .extracting(ShardResult::shard)
        .containsExactly("one", "two");

    assertThat(one.discarded.getCount() + two.discarded.getCount()).isEqualTo(2);
  }
}
