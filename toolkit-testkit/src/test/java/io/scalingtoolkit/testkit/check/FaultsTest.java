// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.scalingtoolkit.testkit.EngineException;
import io.scalingtoolkit.testkit.check.Faults.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Faults on a cluster that only remembers what was done to it. */
class FaultsTest {
  private final RecordingTarget target = new RecordingTarget();

  @Test
  void next_sameSeed_givesTheSameFaults() {
    FaultPlan first = plan(5);
    FaultPlan second = plan(5);
    List<FaultPlan.Step> steps = Stream.generate(first::next).limit(50).toList();

    assertThat(Stream.generate(second::next).limit(50)).isEqualTo(steps);
    assertThat(Stream.generate(plan(6)::next).limit(50)).isNotEqualTo(steps);
    assertThat(steps).extracting(FaultPlan.Step::kind).contains(Kind.values());
    assertThat(steps).filteredOn(step -> step.kind() == Kind.PROMOTE).hasSize(1);
    assertThat(steps.subList(0, 8)).anyMatch(step -> step.kind() == Kind.PROMOTE);
    assertThat(steps)
        .allMatch(step -> step.hold().compareTo(Duration.ofSeconds(2)) <= 0)
        .allMatch(step -> step.subset(2) >= 1 && step.subset(2) <= 3);
  }

  @Test
  void close_afterManyFaults_leavesAllNodesHealthy() {
    Faults faults = start(Kind.values());
    await().until(() -> faults.events().size() > 100);

    faults.close();
    faults.close();

    assertThat(target.nodes).allMatch(FakeNode::isHealthy);
    assertThat(target.replicas()).hasSize(2).doesNotContain(target.primary());
    assertThat(faults.events()).extracting(Faults.Event::kind).contains(Kind.values());
    assertThat(faults.events()).filteredOn(e -> e.kind() == Kind.PROMOTE).hasSize(1);
    assertThat(faults.lossWindows()).hasSize(1);
    Faults.Event promotion =
        faults.events().stream().filter(e -> e.kind() == Kind.PROMOTE).findFirst().orElseThrow();
    assertThat(faults.lossWindows().get(0).fromNanos())
        .isGreaterThanOrEqualTo(promotion.startNanos());
    assertThat(target.followChecks).isEqualTo(1);
  }

  @Test
  void close_duringALongFault_endsIt() {
    Faults faults = Faults.on(target).only(Kind.FREEZE).longest(Duration.ofSeconds(30)).start();
    await().until(() -> target.nodes.stream().anyMatch(node -> node.frozen));

    faults.close();

    assertThat(target.nodes).allMatch(FakeNode::isHealthy);
  }

  @Test
  void close_afterAFailedVerb_healsAndThrowsIt() {
    target.failing = "promote";
    Faults faults = start(Kind.values());
    await().until(() -> target.failed);

    assertThatThrownBy(faults::close)
        .isInstanceOf(EngineException.class)
        .hasMessage("faults failed: promote does not work");

    assertThat(target.nodes).allMatch(FakeNode::isHealthy);
  }

  @Test
  void close_afterAFailedRestart_bringsTheNodeBack() {
    target.failing = "restart";
    Faults faults = start(Kind.RESTART);
    await().until(() -> target.failed);

    assertThatThrownBy(faults::close).hasMessage("faults failed: restart does not work");

    assertThat(target.nodes).allMatch(FakeNode::isHealthy);
  }

  @Test
  void start_badChoices_areRefused() {
    assertThatThrownBy(() -> Faults.on(target).only(Kind.PROMOTE).start())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("another one than PROMOTE");
    assertThatThrownBy(() -> Faults.on(target).longest(Duration.ofSeconds(31)))
        .hasMessage("longest must be from 0 to 30 s; got PT31S");
    target.replicas.clear();
    assertThatThrownBy(() -> Faults.on(target).start())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("at least one replica");
  }

  private Faults start(Kind... kinds) {
    return Faults.on(target)
        .only(kinds[0], kinds)
        .longest(Duration.ZERO)
        .gap(Duration.ZERO)
        .seed(1)
        .start();
  }

  private static FaultPlan plan(long seed) {
    return new FaultPlan(
        EnumSet.allOf(Kind.class), Duration.ofSeconds(2), Duration.ofMillis(1), seed);
  }

  private static final class RecordingTarget implements FaultTarget {
    final List<FakeNode> nodes = new ArrayList<>();
    final List<FakeNode> replicas = new ArrayList<>();
    FakeNode primary;
    volatile String failing = "";
    volatile boolean failed;
    int followChecks;

    RecordingTarget() {
      for (int i = 0; i < 3; i++) {
        nodes.add(new FakeNode(this, "node" + i));
      }
      primary = nodes.get(0);
      replicas.addAll(nodes.subList(1, 3));
    }

    @Override
    public synchronized Node primary() {
      return primary;
    }

    @Override
    public synchronized List<Node> replicas() {
      return List.copyOf(replicas);
    }

    @Override
    public synchronized void rejoin(Node node) {
      FakeNode fake = (FakeNode) node;
      assertThat(primary.alive).isTrue();
      fake.alive = true;
      if (!replicas.contains(fake)) {
        replicas.add(fake);
      }
    }

    @Override
    public synchronized void ensureFollowing(Node replica) {
      followChecks++;
    }

    void check(String verb) {
      if (verb.equals(failing)) {
        failed = true;
        failing = "";
        throw new EngineException(verb + " does not work");
      }
    }
  }

  private static final class FakeNode implements FaultTarget.Node {
    private final RecordingTarget target;
    private final String name;
    volatile boolean alive = true;
    volatile boolean frozen;
    volatile boolean paused;

    FakeNode(RecordingTarget target, String name) {
      this.target = target;
      this.name = name;
    }

    boolean isHealthy() {
      return alive && !frozen && !paused;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public boolean isAlive() {
      return alive;
    }

    @Override
    public void pauseReplay() {
      paused = true;
    }

    @Override
    public void resumeReplay() {
      paused = false;
    }

    @Override
    public void awaitCaughtUp() {}

    @Override
    public void kill() {
      alive = false;
      paused = false;
    }

    @Override
    public void restart() {
      target.check("restart");
      alive = true;
    }

    @Override
    public void freeze() {
      frozen = true;
    }

    @Override
    public void thaw() {
      frozen = false;
    }

    @Override
    public void promote() {
      target.check("promote");
      synchronized (target) {
        target.primary = this;
        target.replicas.remove(this);
      }
    }
  }
}
