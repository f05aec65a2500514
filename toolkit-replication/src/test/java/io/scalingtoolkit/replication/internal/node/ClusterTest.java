// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.scalingtoolkit.core.balance.TargetLoad;
import io.scalingtoolkit.replication.internal.engine.Role;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ClusterTest {
  private final StubCluster stub = new StubCluster("a", "b", "c");

  @AfterEach
  void close() {
    stub.close();
  }

  @Test
  void evaluate_oneAcceptsWrites_isThePrimary() {
    assertThat(stub.cluster().topology().obstacle()).isEqualTo("no node has answered yet");
    stub.replica("b", "0-1-1");
    stub.primary("a", "0-1-1");

    assertThat(stub.primary()).isEqualTo("a");
    assertThat(stub.node("b").isReadable()).isTrue();
    assertThat(stub.node("c").isReadable()).isFalse();
    assertThat(stub.cluster().failovers().sum()).isZero();
  }

  @Test
  void evaluate_silentPrimary_staysUntilAnotherIsThere() {
    stub.primary("a", "0-1-1");
    stub.replica("b", "0-1-1");
    stub.silent("a");
    assertThat(stub.primary()).isEqualTo("a");

    stub.primary("b", "0-1-1");
    assertThat(stub.primary()).isEqualTo("b");
    assertThat(stub.cluster().failovers().sum()).isOne();
    assertThat(stub.node("a").isFenced()).isTrue();
  }

  @Test
  void evaluate_deposedPrimaryComesBackWritable_staysFencedUntilItIsAReplica() {
    stub.primary("a", "0-1-1");
    stub.replica("b", "0-1-1");
    stub.silent("a");
    stub.primary("b", "0-1-1");

    stub.sayRestarted("a", Role.PRIMARY, "0-1-9");
    assertThat(stub.primary()).isEqualTo("b");
    assertThat(stub.node("a").isFenced()).isTrue();

    stub.sayRestarted("a", Role.REPLICA, "0-2-2");
    assertThat(stub.node("a").isFenced()).isFalse();
    assertThat(stub.node("a").isReadable()).isTrue();
  }

  @Test
  void evaluate_replicaBecomesWritableBesideThePrimary_hasBeenPromoted() {
    stub.primary("a", "0-1-1");
    stub.replica("b", "0-1-1");
    stub.primary("b", "0-1-1");

    assertThat(stub.primary()).isEqualTo("b");
    assertThat(stub.node("a").isFenced()).isTrue();
  }

  @Test
  void evaluate_promotedWhileItDidNotAnswer_hasBeenPromotedAllTheSame() {
    stub.primary("a", "0-1-1");
    stub.replica("b", "0-1-1");
    stub.silent("b");
    stub.primary("b", "0-1-1");

    assertThat(stub.primary()).isEqualTo("b");
  }

  @Test
  void evaluate_twoWritableFromTheStartAndOneHoldsAll_isThePrimaryInWhateverOrderTheyAnswer() {
    stub.primary("a", "0-1-9");
    stub.primary("b", "0-1-5");
    assertThat(stub.primary()).isEqualTo("a");
    assertThat(stub.node("b").isFenced()).isTrue();
    // That is settled, whichever of them is sampled last when roles are judged again.
    stub.primary("a", "0-1-9");
    stub.replica("c", "0-1-9");
    assertThat(stub.primary()).isEqualTo("a");
  }

  @Test
  void evaluate_twoWritableFromTheStartAndNothingTells_stopsWrites() {
    stub.primary("a", "0-1-9,1-1-1");
    stub.primary("b", "0-1-5,1-1-2");

    assertThat(stub.primary()).isEqualTo("none");
    assertThat(stub.cluster().topology().obstacle()).startsWith("split brain: a and b");
  }

  @Test
  void evaluate_laterAnswerHoldsMoreThanAnEarlierOne_provesNothing() {
    // b may simply have replayed in between what a wrote after it was asked.
    stub.primary("a", "0-1-5");
    stub.primary("b", "0-1-6");

    assertThat(stub.primary()).isEqualTo("none");
    assertThat(stub.cluster().topology().obstacle()).startsWith("split brain");

    stub.primary("a", "0-1-5");
    assertThat(stub.primary()).isEqualTo("b");
  }

  @Test
  void evaluate_twoWritableFromTheStartAtOnePosition_stopsWrites() {
    stub.primary("a", "0-1-5");
    stub.primary("b", "0-1-5");
    stub.primary("a", "0-1-5");

    assertThat(stub.primary()).isEqualTo("none");
  }

  @Test
  void add_nodeThatAcceptsWrites_doesNotTakeOver() {
    stub.primary("a", "0-1-9");
    stub.cluster().add("stray", StubCluster.pool("stray"), TargetLoad.of("stray"));
    stub.primary("stray", "0-1-2");

    assertThat(stub.primary()).isEqualTo("a");
  }

  @Test
  void evaluate_demotedPrimary_stopsWritesUntilAnotherAcceptsThem() {
    stub.primary("a", "0-1-1");
    stub.replica("b", "0-1-1");
    stub.replica("a", "0-1-1");
    assertThat(stub.primary()).isEqualTo("none");
    assertThat(stub.cluster().topology().obstacle()).contains("a no longer does");

    stub.primary("b", "0-1-1");
    assertThat(stub.primary()).isEqualTo("b");
    assertThat(stub.node("a").isReadable()).isTrue();
    assertThat(stub.cluster().failovers().sum()).isOne();
  }

  @Test
  void evaluate_productCountsPromotions_highestWinsAndALowerOneIsOut() {
    stub.say("a", Role.PRIMARY, 1, "0-1-9");
    stub.say("b", Role.PRIMARY, 2, "0-1-5");
    assertThat(stub.primary()).isEqualTo("b");
    stub.say("c", Role.PRIMARY, 1, "0-1-9");
    assertThat(stub.primary()).isEqualTo("b");
  }

  @Test
  void evaluate_twoPromotedFromOneHistory_isSplitBrain() {
    stub.say("a", Role.PRIMARY, 1, "0-1-9");
    stub.say("b", Role.REPLICA, 1, "0-1-9");
    stub.say("c", Role.REPLICA, 1, "0-1-9");
    stub.silent("a");
    stub.say("b", Role.PRIMARY, 2, "0-1-9");
    assertThat(stub.primary()).isEqualTo("b");
    stub.say("c", Role.PRIMARY, 2, "0-1-9");

    assertThat(stub.primary()).isEqualTo("none");
    assertThat(stub.cluster().topology().obstacle()).startsWith("split brain: b and c");
  }

  @Test
  void ageOfReplica_fencedPrimaryGoesOnAnswering_countsFromTheRealOne() {
    stub.primary("a", "0-1-1");
    stub.replica("b", "0-1-1");
    stub.replica("c", "0-1-1");
    stub.primary("b", "0-2-1");
    stub.primary("b", "0-2-5");
    stub.clock().advance(Duration.ofSeconds(10));
    // The old one is idle where the replica has got to; that says nothing about the new one.
    stub.primary("a", "0-1-1");
    stub.replica("c", "0-1-1");

    assertThat(stub.node("c").ageNanos()).isGreaterThan(Duration.ofSeconds(9).toNanos());
  }

  @Test
  void add_afterClose_isRefused() {
    stub.cluster().start();
    stub.close();
    assertThatThrownBy(() -> stub.cluster().add("d", StubCluster.pool("d"), TargetLoad.of("d")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }

  @Test
  void add_moreThanBalancingCanHold_isRefused() {
    for (int i = stub.cluster().nodes().size(); i < 64; i++) {
      stub.cluster().add("n" + i, StubCluster.pool("n" + i), TargetLoad.of("n" + i));
    }
    assertThatThrownBy(
            () -> stub.cluster().add("n64", StubCluster.pool("n64"), TargetLoad.of("n64")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("63");
  }

  @Test
  void remove_interrupted_takesTheNodeOutAllTheSame() {
    CountDownLatch hold = new CountDownLatch(1);
    stub.answer(
        "b",
        () -> {
          Uninterruptibly.await(hold);
          return stub.sample("b#1", Role.REPLICA, 0, "0-1-1");
        });
    stub.cluster().start();
    Node node = stub.node("b");
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> stub.cluster().remove(node, 0))
        .isInstanceOf(InterruptedException.class);
    hold.countDown();
    assertThat(stub.cluster().nodes()).extracting(Node::name).doesNotContain("b");
  }

  @Test
  void prober_anErrorIsThrown_goesOn() {
    AtomicInteger asked = new AtomicInteger();
    stub.answer(
        "a",
        () -> {
          if (asked.incrementAndGet() == 1) {
            throw new NoClassDefFoundError("once");
          }
          return stub.sample("a#1", Role.PRIMARY, 0, "0-1-1");
        });
    stub.cluster().start();
    await()
        .atMost(Duration.ofSeconds(10))
        .until(
            () -> {
              stub.clock().advance(Duration.ofMillis(100));
              return stub.primary().equals("a");
            });
  }

  @Test
  void watch_processPaused_takesNoNodeForDeadBeforeItCouldAnswer() {
    CountDownLatch hold = new CountDownLatch(1);
    AtomicInteger asked = new AtomicInteger();
    stub.answer(
        "a",
        () -> {
          if (asked.incrementAndGet() > 1) {
            Uninterruptibly.await(hold);
          }
          return stub.sample("a#1", Role.PRIMARY, 0, "0-1-1");
        });
    stub.cluster().start();
    await().atMost(Duration.ofSeconds(10)).until(() -> stub.node("a").isUp());
    stub.clock().advance(Duration.ofMillis(20));
    await().atMost(Duration.ofSeconds(10)).until(() -> asked.get() == 2);
    stub.clock().advance(Duration.ofSeconds(5));
    try {
      // Several ticks of the watch, seen by the flag that each sets.
      for (int i = 0; i < 5; i++) {
        await().atMost(Duration.ofSeconds(10)).until(() -> stub.node("a").takeLatencyWanted());
        assertThat(stub.node("a").isUp()).isTrue();
      }
      stub.clock().advance(Duration.ofMillis(240));
      await().atMost(Duration.ofSeconds(10)).until(() -> stub.node("a").takeLatencyWanted());
      await().atMost(Duration.ofSeconds(10)).until(() -> stub.node("a").takeLatencyWanted());
      stub.clock().advance(Duration.ofMillis(240));
      await().atMost(Duration.ofSeconds(10)).until(() -> stub.node("a").takeLatencyWanted());
      await().atMost(Duration.ofSeconds(10)).until(() -> stub.node("a").takeLatencyWanted());
      stub.clock().advance(Duration.ofMillis(240));
      await().atMost(Duration.ofSeconds(10)).until(() -> !stub.node("a").isUp());
    } finally {
      hold.countDown();
    }
  }

  /** Waits through interrupts, as a socket does. */
  private static final class Uninterruptibly {
    static void await(CountDownLatch latch) {
      boolean interrupted = false;
      while (true) {
        try {
          latch.await();
          break;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
