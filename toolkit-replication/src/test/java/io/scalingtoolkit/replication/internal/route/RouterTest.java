// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.core.balance.Balancer;
import io.scalingtoolkit.core.consistency.Bookmark;
import io.scalingtoolkit.core.consistency.ConsistencyScope;
import io.scalingtoolkit.replication.internal.engine.Role;
import io.scalingtoolkit.replication.internal.node.Node;
import io.scalingtoolkit.replication.internal.node.Reading;
import io.scalingtoolkit.replication.internal.node.StubCluster;
import io.scalingtoolkit.replication.mysql.MariaDbPosition;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RouterTest {
  private static final ReadPolicy SESSION = new ReadPolicy(ReadPolicy.Kind.SESSION, 0);

  private final StubCluster stub = new StubCluster("a", "b", "c");
  private final Choice choice = new Choice() {};
  private Router router;
  private ConsistencyScope session;

  @BeforeEach
  void start() {
    RouterSettings settings =
        new RouterSettings("db", SESSION, Balancer.powerOfTwoChoices(), 0, null);
    router = new Router(stub.cluster(), settings, new RouteMeters(null, stub.cluster()));
    session = ConsistencyScope.detached(Bookmark.empty(), stub.clock().monotonic());
    stub.primary("a", "0-1-5");
    stub.replica("b", "0-1-5");
  }

  @AfterEach
  void close() {
    stub.close();
  }

  private String choose(ReadPolicy policy) {
    Reading reading = router.choose(session, policy, null, null, choice);
    return reading == null ? "primary" : reading.server().node().name();
  }

  /** Reads that find their position unknown wait now and then, which takes a started cluster. */
  private void assertPrimaryBecause(Reason... reasons) {
    for (int i = 0; i < 20; i++) {
      assertThat(choose(SESSION)).isEqualTo("primary");
      assertThat(choice.reason()).isIn((Object[]) reasons);
    }
  }

  @Test
  void choose_sessionHasSeenNothing_takesAnyReplica() {
    assertThat(choose(SESSION)).isEqualTo("b");
    assertThat(choice.reason()).isEqualTo(Reason.READ);
  }

  @Test
  void choose_writePending_isThePrimarysUntilALaterSampleIsCovered() {
    session.wrote("db", router.now());
    assertPrimaryBecause(Reason.PENDING);

    stub.primary("a", "0-1-6");
    assertPrimaryBecause(Reason.BEHIND);

    stub.replica("b", "0-1-6");
    assertThat(choose(SESSION)).isEqualTo("b");
  }

  @Test
  void choose_primaryGoesOn_needsOnlyTheFirstSampleAfterTheWrite() {
    session.wrote("db", router.now());
    stub.primary("a", "0-1-6");
    stub.primary("a", "0-1-9");
    stub.replica("b", "0-1-6");

    assertThat(choose(SESSION)).isEqualTo("b");
    assertThat(session.position("db")).isEqualTo(MariaDbPosition.parse("0-1-6"));
  }

  @Test
  void choose_replicaGoesOn_anotherNeedsOnlyTheFirstSampleAfterTheRead() {
    Reading read = router.choose(session, SESSION, null, null, choice);
    session.readFrom("db", read.server(), router.now());
    stub.replica("b", "0-1-6");
    stub.replica("b", "0-1-9");
    stub.replica("c", "0-1-6");

    router.choose(session, SESSION, null, null, choice);
    assertThat(session.position("db")).isEqualTo(MariaDbPosition.parse("0-1-6"));
    Reading other = router.choose(session, SESSION, null, List.of(stub.node("b")), choice);
    assertThat(other.server().node().name()).isEqualTo("c");
  }

  @Test
  void choose_sampleSentBeforeTheWrite_resolvesNothing() {
    session.wrote("db", stub.clock().monotonic().nanoTime() + Duration.ofSeconds(1).toNanos());
    stub.primary("a", "0-1-6");
    stub.replica("b", "0-1-6");
    assertPrimaryBecause(Reason.PENDING);
  }

  @Test
  void choose_readFromOneReplica_anotherMustCoverALaterSampleOfIt() {
    Reading read = router.choose(session, SESSION, null, null, choice);
    session.readFrom("db", read.server(), router.now());
    stub.replica("c", "0-1-5");
    for (int i = 0; i < 20; i++) {
      assertThat(choose(SESSION)).isEqualTo("b");
    }
    stub.replica("b", "0-1-7");
    stub.silent("b");
    // c is at 5; what b had shown is unknown, and bounded by the primary's next sample.
    stub.primary("a", "0-1-7");
    assertPrimaryBecause(Reason.BEHIND);
    stub.replica("c", "0-1-7");
    assertThat(choose(SESSION)).isEqualTo("c");
  }

  @Test
  void choose_replicaRestartedBehind_isNotTheServerThatWasRead() {
    Reading read = router.choose(session, SESSION, null, null, choice);
    session.readFrom("db", read.server(), router.now());
    stub.sayRestarted("b", Role.REPLICA, "0-1-3");
    assertThat(choose(SESSION)).isEqualTo("primary");
  }

  @Test
  void choose_noReplica_saysSo() {
    stub.silent("b");
    assertThat(choose(SESSION)).isEqualTo("primary");
    assertThat(choice.reason()).isEqualTo(Reason.NO_REPLICA);
  }

  @Test
  void choose_allHaveFailed_isThePrimarys() {
    List<Node> tried = List.of(stub.node("b"));
    assertThat(router.choose(session, SESSION, null, tried, choice)).isNull();
    assertThat(choice.reason()).isEqualTo(Reason.REPLICAS_FAILED);
  }

  @Test
  void choose_bounded_countsFromTheNewestSampleThatIsCovered() {
    ReadPolicy second = new ReadPolicy(ReadPolicy.Kind.BOUNDED, Duration.ofSeconds(1).toNanos());
    stub.replica("b", "0-1-5");
    assertThat(choose(second)).isEqualTo("b");
    stub.clock().advance(Duration.ofMillis(900));
    stub.primary("a", "0-1-6");
    stub.clock().advance(Duration.ofMillis(200));
    stub.replica("b", "0-1-5");
    assertThat(choose(second)).isEqualTo("primary");
    assertThat(choice.reason()).isEqualTo(Reason.STALE);
    stub.replica("b", "0-1-6");
    assertThat(choose(second)).isEqualTo("b");
  }

  @Test
  void choose_strong_isThePrimarys() {
    assertThat(choose(new ReadPolicy(ReadPolicy.Kind.STRONG, 0))).isEqualTo("primary");
    assertThat(choice.reason()).isEqualTo(Reason.STRONG);
  }

  @Test
  void choose_positionThatThePrimaryDoesNotHave_startsAnew() {
    session.observe("db", MariaDbPosition.parse("0-1-900"));
    stub.answer("a", () -> stub.sample("a#1", Role.PRIMARY, 0, "0-1-6"));
    stub.answer("b", () -> stub.sample("b#1", Role.REPLICA, 0, "0-1-6"));
    stub.cluster().start();
    assertThat(choose(SESSION)).isEqualTo("primary");
    assertThat(choice.reason()).isEqualTo(Reason.FOREIGN);
    assertThat(session.position("db")).isEqualTo(MariaDbPosition.parse("0-1-6"));
    assertThat(router.meters().rebases()).isOne();
  }

  @Test
  void choose_positionPastAllThatIsCommitted_comesDownToThat() {
    session.observe("db", MariaDbPosition.parse("0-1-9"));
    stub.primary("a", "0-1-5", "0-1-9");

    assertThat(choose(SESSION)).isEqualTo("b");
    assertThat(choice.reason()).isEqualTo(Reason.READ);
    assertThat(session.position("db")).isEqualTo(MariaDbPosition.parse("0-1-5"));
    assertThat(router.meters().rebases()).isZero();
  }

  @Test
  void choose_positionWithCommitsThatTheReplicaLacks_staysWhatItIs() {
    session.observe("db", MariaDbPosition.parse("0-1-9"));
    stub.primary("a", "0-1-9");
    assertPrimaryBecause(Reason.BEHIND);
    // One that is settled below what the session knows, and still past the replica.
    stub.primary("a", "0-1-7", "0-1-9");
    assertPrimaryBecause(Reason.BEHIND);
    stub.replica("b", "0-1-7");
    assertThat(choose(SESSION)).isEqualTo("b");
  }

  @Test
  void choose_positionLaterThanTheSample_isNotBroughtDownByIt() {
    session.observe("db", MariaDbPosition.parse("0-1-12"));
    stub.primary("a", "0-1-5", "0-1-9");
    // So that it does not wait for a later sample, which would have 12.
    Thread.currentThread().interrupt();
    assertThat(choose(SESSION)).isEqualTo("primary");
    assertThat(Thread.interrupted()).isTrue();
    assertThat(choice.reason()).isEqualTo(Reason.BEHIND);
    assertThat(session.position("db")).isEqualTo(MariaDbPosition.parse("0-1-12"));
  }

  @Test
  void choose_positionThatIsCommitted_isNotRaised() {
    session.observe("db", MariaDbPosition.parse("0-1-7"));
    stub.primary("a", "0-1-9");
    assertPrimaryBecause(Reason.BEHIND);
    stub.replica("b", "0-1-7");
    assertThat(choose(SESSION)).isEqualTo("b");
  }

  @Test
  void choose_positionPastAllThatIsCommitted_doesNotForgetWhatWasReadSince() {
    Reading read = router.choose(session, SESSION, null, null, choice);
    session.observe("db", MariaDbPosition.parse("0-1-9"));
    session.readFrom("db", read.server(), stub.clock().monotonic().nanoTime() + 1_000_000_000);
    stub.primary("a", "0-1-5", "0-1-9");
    stub.replica("c", "0-1-5");
    for (int i = 0; i < 20; i++) {
      assertThat(choose(SESSION)).isNotEqualTo("c");
    }
  }

  @Test
  void choose_quarantinedReplica_comesBackThroughTrialsThatReport() throws SQLException {
    for (int i = 0; i < 10; i++) {
      stub.node("b").failed(new SQLException("gone", "08006"));
    }
    assertThat(stub.node("b").isReadable()).isFalse();
    stub.node("b").breaker().transitionToHalfOpenState();
    int trials = 0;
    for (int i = 0; i < 10_000 && !stub.node("b").isReadable(); i++) {
      Reading reading = router.choose(session, SESSION, null, null, choice);
      if (reading != null) {
        assertThat(choice.reason()).isEqualTo(Reason.TRIAL);
        trials++;
        if (trials % 2 == 0) {
          stub.node("b").notTried(true);
        } else {
          stub.node("b").responded();
        }
      }
    }
    assertThat(stub.node("b").isReadable()).isTrue();
    assertThat(trials).isEqualTo(5);
  }
}
