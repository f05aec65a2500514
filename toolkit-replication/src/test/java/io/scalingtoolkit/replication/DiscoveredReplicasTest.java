// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.scalingtoolkit.core.balance.TargetLoad;
import io.scalingtoolkit.replication.internal.engine.Role;
import io.scalingtoolkit.replication.internal.node.Node;
import io.scalingtoolkit.replication.internal.node.StubCluster;
import io.scalingtoolkit.replication.internal.route.RouteMeters;
import java.lang.reflect.Proxy;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class DiscoveredReplicasTest {
  private final StubCluster stub = new StubCluster("p");
  private final RouteMeters meters = new RouteMeters(null, stub.cluster());
  private final List<String> made = new ArrayList<>();
  private final List<String> closed = new ArrayList<>();
  private Runnable whenClosed = () -> {};
  private ReplicaDiscovery discovery = connection -> List.of();
  private Function<ReplicaAddress, DataSource> pools = this::pool;
  private final DiscoveredReplicas replicas = replicas(Duration.ofSeconds(20));

  private DiscoveredReplicas replicas(Duration limit) {
    return new DiscoveredReplicas(
        stub.cluster(),
        meters,
        connection -> discovery.find(connection),
        address -> pools.apply(address),
        limit);
  }

  @BeforeEach
  void begin() {
    stub.primary("p", "0-1-1");
  }

  @AfterEach
  void end() {
    replicas.close();
    stub.close();
  }

  /** A pool that notes when it is made and closed. */
  private DataSource pool(ReplicaAddress address) {
    String name = address.name();
    made.add(name);
    DataSource pool = StubCluster.pool(name);
    return (DataSource)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {DataSource.class, AutoCloseable.class},
            (proxy, method, args) ->
                switch (method.getName()) {
                  case "close" -> {
                    closed.add(name);
                    whenClosed.run();
                    yield null;
                  }
                  case "hashCode" -> System.identityHashCode(proxy);
                  case "equals" -> proxy == args[0];
                  default -> method.invoke(pool, args);
                });
  }

  private static ReplicaAddress at(String name, String host) {
    return new ReplicaAddress(name, host, null);
  }

  private static List<ReplicaAddress> named(String... names) {
    return Arrays.stream(names).map(name -> at(name, name)).toList();
  }

  /** Has the discovery name these, of which each answers as a replica. */
  private void name(String... names) {
    for (String name : names) {
      answers(name, Role.REPLICA);
    }
    discovery = connection -> named(names);
  }

  private void answers(String name, Role role) {
    stub.answer(name, () -> stub.sample(name + "#1", role, 0, "0-1-1"));
  }

  /** Finds replicas that also answer their probes. */
  private void find(String... names) {
    name(names);
    replicas.round();
    for (String name : names) {
      stub.replica(name, "0-1-1");
    }
  }

  private void rounds(int count) {
    for (int i = 0; i < count; i++) {
      replicas.round();
    }
  }

  private List<String> nodes() {
    return stub.cluster().nodes().stream().map(Node::name).toList();
  }

  @Test
  void round_replicaIsNamed_isAddedOnceAndRead() {
    find("r1", "r2");
    rounds(5);

    assertThat(nodes()).containsExactly("p", "r1", "r2");
    assertThat(made).containsExactly("r1", "r2");
    assertThat(stub.node("r1").isReadable()).isTrue();
    assertThat(replicas.contains(stub.node("r1"))).isTrue();
    assertThat(replicas.contains(stub.node("p"))).isFalse();
    assertThat(meters.discoveryFailures()).isZero();
  }

  @Test
  void round_replicaDoesNotAnswerYet_isAddedWhenItDoesOverTheSamePool() {
    discovery = connection -> named("r1");
    rounds(2);
    assertThat(nodes()).containsExactly("p");
    assertThat(meters.discoveryFailures()).isEqualTo(2);

    answers("r1", Role.REPLICA);
    replicas.round();
    assertThat(nodes()).containsExactly("p", "r1");
    assertThat(made).containsExactly("r1");
  }

  @Test
  void round_serverThatAcceptsWrites_doesNotStopTheWritesOfThePrimary() {
    answers("r1", Role.PRIMARY);
    discovery = connection -> named("r1");
    replicas.round();

    assertThat(nodes()).containsExactly("p");
    assertThat(stub.primary()).isEqualTo("p");
    assertThat(meters.discoveryFailures()).isOne();
  }

  @Test
  void round_serverThatIsKnownUnderAnotherName_isNotAddedAgain() {
    stub.answer("other", () -> stub.sample("p#1", Role.REPLICA, 0, "0-1-1"));
    discovery = connection -> named("other");
    replicas.round();

    assertThat(nodes()).containsExactly("p");
  }

  @Test
  void round_configuredNodeIsNamed_isLeftAlone() {
    stub.cluster().add("r1", StubCluster.pool("r1"), TargetLoad.of("r1"));
    name("r1", "p");
    replicas.round();
    discovery = connection -> List.of();
    rounds(DiscoveredReplicas.MISSES + 1);

    assertThat(nodes()).containsExactly("p", "r1");
    assertThat(made).isEmpty();
  }

  @Test
  void round_missingAndSilent_isTakenOutAfterSomeRoundsAndItsPoolClosed() {
    find("r1", "r2");
    discovery = connection -> named("r2");
    stub.silent("r1");
    stub.silent("r2");
    rounds(DiscoveredReplicas.MISSES - 1);
    assertThat(nodes()).containsExactly("p", "r1", "r2");

    replicas.round();
    assertThat(nodes()).containsExactly("p", "r2");
    assertThat(closed).containsExactly("r1");

    name("r1", "r2");
    replicas.round();
    assertThat(nodes()).containsExactly("p", "r2", "r1");
  }

  @Test
  void round_missingNowAndThen_staysInSpiteOfItsSilence() {
    find("r1");
    stub.silent("r1");
    for (int i = 0; i < 5; i++) {
      discovery = connection -> List.of();
      rounds(DiscoveredReplicas.MISSES - 1);
      name("r1");
      replicas.round();
    }

    assertThat(nodes()).containsExactly("p", "r1");
    assertThat(made).containsExactly("r1");
  }

  @Test
  void round_missingButAnswering_staysUntilItIsDrainedAndIdle() {
    find("r1");
    discovery = connection -> List.of();
    rounds(DiscoveredReplicas.MISSES + 5);
    assertThat(nodes()).containsExactly("p", "r1");
    assertThat(stub.node("r1").isReadable()).isTrue();

    Node node = stub.node("r1");
    node.load().started();
    stub.cluster().drain(node, true);
    replicas.round();
    assertThat(nodes()).containsExactly("p", "r1");

    node.load().finished();
    replicas.round();
    assertThat(nodes()).containsExactly("p");
    assertThat(closed).containsExactly("r1");
  }

  @Test
  void round_foundReplicaBecameThePrimary_isNeverTakenOut() {
    find("r1", "r2");
    stub.primary("r1", "0-1-2");
    assertThat(stub.primary()).isEqualTo("r1");
    discovery = connection -> named("r2");
    rounds(DiscoveredReplicas.MISSES + 1);
    stub.silent("r1");
    rounds(DiscoveredReplicas.MISSES + 1);

    assertThat(nodes()).containsExactly("p", "r1", "r2");
    assertThat(stub.primary()).isEqualTo("r1");
  }

  @Test
  void round_afterAFailover_asksTheNewPrimary() {
    find("r1");
    List<String> asked = new ArrayList<>();
    discovery =
        connection -> {
          asked.add(connection.getCatalog());
          return named("r1");
        };
    replicas.round();
    stub.primary("r1", "0-1-2");
    replicas.round();

    assertThat(asked).containsExactly("p", "r1");
  }

  @Test
  void round_discoveryThrows_changesNothingAndIsCounted() {
    find("r1");
    stub.silent("r1");
    for (Throwable failure :
        List.of(
            new SQLException("refused", "42501"),
            new IllegalStateException("broken"),
            new NoClassDefFoundError("missing"))) {
      discovery =
          connection -> {
            if (failure instanceof Error error) {
              throw error;
            }
            throw (Exception) failure;
          };
      rounds(DiscoveredReplicas.MISSES + 1);
    }
    assertThat(nodes()).containsExactly("p", "r1");
    assertThat(meters.discoveryFailures()).isEqualTo(3 * (DiscoveredReplicas.MISSES + 1));

    name("r1", "r2");
    replicas.round();
    assertThat(nodes()).containsExactly("p", "r1", "r2");
  }

  @Test
  void round_noPrimary_changesNothing() {
    find("r1");
    stub.replica("p", "0-1-1");
    stub.silent("r1");
    assertThat(stub.primary()).isEqualTo("none");
    discovery = connection -> List.of();
    rounds(DiscoveredReplicas.MISSES + 1);

    assertThat(nodes()).containsExactly("p", "r1");
    assertThat(meters.discoveryFailures()).isEqualTo(DiscoveredReplicas.MISSES + 1);
  }

  @Test
  void round_poolCannotBeMade_othersAreAddedAndItIsTriedAgain() {
    name("r1", "r2");
    pools =
        address -> {
          if (address.name().equals("r1")) {
            throw new IllegalStateException("no password");
          }
          return pool(address);
        };
    replicas.round();
    assertThat(nodes()).containsExactly("p", "r2");
    assertThat(meters.discoveryFailures()).isOne();

    pools = this::pool;
    replicas.round();
    assertThat(nodes()).containsExactly("p", "r2", "r1");
    assertThat(meters.discoveryFailures()).isOne();
  }

  @Test
  void round_poolsReturnNull_isLeftOutWithoutAFailure() {
    name("r1");
    pools = address -> null;
    rounds(2);

    assertThat(nodes()).containsExactly("p");
    assertThat(meters.discoveryFailures()).isZero();
  }

  @Test
  void round_twoOfOneName_neitherIsAddedAndAKnownOneStays() {
    answers("same", Role.REPLICA);
    discovery = connection -> List.of(at("same", "a"), at("same", "b"));
    replicas.round();
    assertThat(nodes()).containsExactly("p");
    assertThat(meters.discoveryFailures()).isOne();

    discovery = connection -> List.of(at("same", "b"));
    replicas.round();
    assertThat(nodes()).containsExactly("p", "same");

    discovery = connection -> List.of(at("same", "a"), at("same", "b"));
    rounds(DiscoveredReplicas.MISSES + 1);
    assertThat(nodes()).containsExactly("p", "same");
    assertThat(made).containsExactly("same");
  }

  @Test
  void round_sameNameAtAnotherAddress_isAddedAnewOnceTheOldOneIsSilent() {
    answers("r1", Role.REPLICA);
    discovery = connection -> List.of(at("r1", "a"));
    replicas.round();
    stub.replica("r1", "0-1-1");
    Node old = stub.node("r1");
    discovery = connection -> List.of(at("r1", "b"));
    rounds(DiscoveredReplicas.MISSES + 1);
    assertThat(stub.node("r1")).isSameAs(old);

    stub.silent("r1");
    rounds(2);
    assertThat(stub.node("r1")).isNotSameAs(old);
    assertThat(made).containsExactly("r1", "r1");
    assertThat(closed).containsExactly("r1");
  }

  @Test
  void round_moreThanCanBeHeld_keepsThoseItHasAndMakesNoPoolForTheRest() {
    name(IntStream.rangeClosed(1, 70).mapToObj(i -> "r" + i).toArray(String[]::new));
    rounds(2);

    assertThat(nodes()).hasSize(64);
    assertThat(made).hasSize(63);
    assertThat(meters.discoveryFailures()).isEqualTo(2);
  }

  @Test
  void round_weightAndDrainOfTheUser_stay() {
    find("r1");
    stub.node("r1").load().setWeight(0.25);
    stub.cluster().drain(stub.node("r1"), true);
    rounds(DiscoveredReplicas.MISSES + 1);

    assertThat(stub.node("r1").load().weight()).isEqualTo(0.25);
    assertThat(stub.node("r1").isDrained()).isTrue();
  }

  @Test
  void remove_byTheUser_closesThePoolAndHoldsUntilItHasBeenGone() throws InterruptedException {
    find("r1");
    stub.cluster().add("s1", StubCluster.pool("s1"), TargetLoad.of("s1"));
    name("r1", "s1");
    replicas.remove(stub.node("r1"), 0);
    replicas.remove(stub.node("s1"), 0);
    assertThat(closed).containsExactly("r1");
    rounds(DiscoveredReplicas.MISSES + 1);
    assertThat(nodes()).containsExactly("p");

    discovery = connection -> List.of();
    rounds(DiscoveredReplicas.MISSES);
    name("r1", "s1");
    replicas.round();
    assertThat(nodes()).containsExactly("p", "r1", "s1");
  }

  @Test
  void close_closesAllPoolsOnce() {
    find("r1");
    discovery = connection -> named("r1", "never-answers");
    replicas.round();
    replicas.close();
    replicas.close();

    assertThat(closed).containsExactlyInAnyOrder("r1", "never-answers");
  }

  @Test
  void close_whileReplicasAreTakenOut_closesEachPoolOnce() {
    find("r1", "r2");
    discovery = connection -> List.of();
    stub.silent("r1");
    stub.silent("r2");
    whenClosed = replicas::close;
    rounds(DiscoveredReplicas.MISSES);

    assertThat(closed).containsExactlyInAnyOrder("r1", "r2");
  }

  @Test
  void close_whileAPoolIsMade_closesThatTooAndAddsNothing() {
    name("r1");
    pools =
        address -> {
          replicas.close();
          return pool(address);
        };
    replicas.round();

    assertThat(nodes()).containsExactly("p");
    assertThat(closed).containsExactly("r1");
  }

  @Test
  @Timeout(60)
  void round_discoveryHangs_isCutAndTheNextOneWorks() {
    DiscoveredReplicas impatient = replicas(Duration.ofMillis(50));
    CountDownLatch never = new CountDownLatch(1);
    discovery =
        connection -> {
          never.await();
          return List.of();
        };
    impatient.round();
    assertThat(meters.discoveryFailures()).isOne();
    assertThat(Thread.currentThread().isInterrupted()).isFalse();

    replicas.close();
    name("r1");
    DiscoveredReplicas patient = replicas(Duration.ofSeconds(20));
    patient.round();
    assertThat(nodes()).containsExactly("p", "r1");
    patient.close();
  }

  @Test
  void close_whileTheDiscoveryHangs_endsTheThread() throws InterruptedException {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch never = new CountDownLatch(1);
    discovery =
        connection -> {
          asked.countDown();
          never.await();
          return List.of();
        };
    replicas.start(Duration.ofHours(1));
    asked.await();
    assertThat(threads()).hasSize(1).allMatch(Thread::isDaemon);
    replicas.close();

    await().atMost(Duration.ofSeconds(20)).until(() -> threads().findAny().isEmpty());
  }

  @Test
  void start_discoveryThrows_asksAgainAfterTheInterval() {
    CountDownLatch asked = new CountDownLatch(3);
    discovery =
        connection -> {
          asked.countDown();
          throw new NoClassDefFoundError("each time");
        };
    replicas.start(Duration.ofMillis(1));

    await().atMost(Duration.ofSeconds(20)).until(() -> asked.getCount() == 0);
  }

  private static Stream<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("toolkit-discovery-"));
  }
}
