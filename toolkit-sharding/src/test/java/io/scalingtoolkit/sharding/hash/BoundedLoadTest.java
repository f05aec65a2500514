// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.hash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.scalingtoolkit.sharding.hash.BoundedLoad.Lease;
import io.scalingtoolkit.sharding.hash.NodeRouterTest.Kind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class BoundedLoadTest {
  private static final int NODES = 8;

  /** One key, as hot as can be: its node takes what the bound lets it, its fallbacks the rest. */
  @ParameterizedTest
  @EnumSource
  void acquire_oneKeyOnly_spillsOverItsFallbacksInOrder(Kind kind) {
    NodeRouter<String> router = kind.of(NodeRouterTest.nodes("n", NODES));
    BoundedLoad<String> loads = ConsistentHash.bounded(router);
    for (int i = 0; i < 1_000; i++) {
      loads.acquire(7).node();
    }

    // ceil(1.25 * 1000 / 8) = 157; seven nodes are enough for all.
    List<Long> held = router.nodes(7, NODES).stream().map(node -> loads.load(node.name())).toList();
    assertThat(held).startsWith(157L).endsWith(0L).allMatch(load -> load <= 157);
    assertThat(held).isSortedAccordingTo(Comparator.reverseOrder());
    assertThat(held.stream().mapToLong(load -> load).sum()).isEqualTo(1_000);
  }

  /** Against whole numbers, with leases that end in between: epsilon 1/4, weights 1, 2 and 3. */
  @ParameterizedTest
  @EnumSource
  void acquire_randomly_takesTheFirstOfTheOrderThatHasRoom(Kind kind) {
    List<WeightedNode<String>> nodes = new ArrayList<>();
    for (int i = 0; i < NODES; i++) {
      nodes.add(new WeightedNode<>("n" + i, "n" + i, 1 + i % 3));
    }
    NodeRouter<String> router = kind.of(nodes);
    BoundedLoad<String> loads = ConsistentHash.bounded(router, 0.25);
    long allWeights = nodes.stream().mapToLong(node -> (long) node.weight()).sum();
    SplittableRandom random = new SplittableRandom(1);
    List<Lease<String>> held = new ArrayList<>();
    for (int i = 0; i < 50_000; i++) {
      if (!held.isEmpty() && random.nextInt(100) < 45) {
        held.remove(random.nextInt(held.size())).close();
        continue;
      }
      long hash = KeyHash.of((long) Math.sqrt(random.nextInt(400)));
      long total = held.size() + 1;
      WeightedNode<String> expected =
          router.nodes(hash, NODES).stream()
              .filter(
                  node ->
                      loads.load(node.name())
                          < ceil(5 * total * (long) node.weight(), 4 * allWeights))
              .findFirst()
              .orElseThrow();
      Lease<String> lease = loads.acquire(hash);
      assertThat(lease.node()).isSameAs(expected);
      held.add(lease);
    }
    held.forEach(Lease::close);

    assertThat(router.all()).allMatch(node -> loads.load(node.name()) == 0);
  }

  /** Nothing is given back meanwhile, so a bound that held once holds from then on. */
  @Test
  void acquire_byManyThreads_neverExceedsTheBoundAndLosesNone() throws Exception {
    NodeRouter<String> router = ConsistentHash.ring(NodeRouterTest.nodes("n", NODES));
    BoundedLoad<String> loads = ConsistentHash.bounded(router);
    AtomicLong begun = new AtomicLong();
    int each = 20_000;
    List<Lease<String>> held =
        byThreads(
            (leases, random) -> {
              for (int i = 0; i < each; i++) {
                begun.incrementAndGet();
                Lease<String> lease = loads.acquire(random.nextInt(3));
                leases.add(lease);
                // Read first: what is begun later can only allow more.
                long load = loads.load(lease.node().name());
                assertThat(load).isLessThanOrEqualTo(ceil(5 * begun.get(), 4 * NODES));
              }
            });

    long total = 4L * each;
    assertThat(held).hasSize((int) total);
    assertThat(router.all())
        .allMatch(node -> loads.load(node.name()) <= ceil(5 * total, 4 * NODES));
    assertThat(router.all().stream().mapToLong(node -> loads.load(node.name())).sum())
        .isEqualTo(total);
  }

  @Test
  void close_byManyThreadsAndTwice_givesEachPlaceBackOnce() throws Exception {
    NodeRouter<String> router = ConsistentHash.rendezvous(NodeRouterTest.nodes("n", NODES));
    BoundedLoad<String> loads = ConsistentHash.bounded(router);
    Lease<String> kept = loads.acquire(1);
    byThreads(
        (leases, random) -> {
          for (int i = 0; i < 20_000; i++) {
            Lease<String> lease = loads.acquire(random.nextInt(3));
            lease.close();
            lease.close();
            if (i % 1_000 == 0) {
              loads.replace(i % 2_000 == 0 ? router.without("n3") : router);
            }
          }
        });

    assertThat(loads.load(kept.node().name())).isOne();
    kept.close();
    assertThat(router.all()).allMatch(node -> loads.load(node.name()) == 0);
  }

  @Test
  void replace_nodeGoneAndBack_countsItsLeasesAgain() {
    NodeRouter<String> all = ConsistentHash.rendezvous(NodeRouterTest.nodes("n", 2));
    BoundedLoad<String> loads = ConsistentHash.bounded(all);
    List<Lease<String>> leases = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      leases.add(loads.acquire(1));
    }
    String first = all.node(1).name();
    assertThat(loads.load(first)).isEqualTo(7); // ceil(1.25 * 10 / 2)

    loads.replace(all.without(first));
    assertThat(loads.router().all()).hasSize(1);
    Lease<String> alone = loads.acquire(1);
    assertThat(alone.node().name()).isNotEqualTo(first);
    alone.close();
    leases.get(0).close();
    assertThat(loads.load(first)).isEqualTo(6);

    loads.replace(all);
    // 9 are held, 6 of them here; ceil(1.25 * 10 / 2) = 7 leaves room for one.
    assertThat(loads.acquire(1).node().name()).isEqualTo(first);
    assertThat(loads.acquire(1).node().name()).isNotEqualTo(first);
  }

  @Test
  void close_ofTheLastLeaseOfANodeThatIsGone_forgetsIt() {
    NodeRouter<String> all = ConsistentHash.rendezvous(NodeRouterTest.nodes("n", 2));
    BoundedLoad<String> loads = ConsistentHash.bounded(all);
    Lease<String> lease = loads.acquire(1);
    loads.replace(all.without(lease.node().name()));
    assertThat(loads.load(lease.node().name())).isOne();

    lease.close();
    lease.close();

    assertThat(loads.load(lease.node().name())).isZero();
    assertThat(loads.load("unknown")).isZero();
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, 0.009, 10.1, Double.NaN, Double.POSITIVE_INFINITY})
  void bounded_epsilonOutOfRange_isRefused(double epsilon) {
    NodeRouter<String> router = ConsistentHash.ring(NodeRouterTest.nodes("n", 1));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> ConsistentHash.bounded(router, epsilon))
        .withMessage("epsilon must be 0.01 to 10, but is " + epsilon);
  }

  private static long ceil(long numerator, long denominator) {
    return (numerator + denominator - 1) / denominator;
  }

  private interface Work {
    void run(List<Lease<String>> leases, SplittableRandom random);
  }

  /** Four threads, begun together; what they hold at the end. */
  private static List<Lease<String>> byThreads(Work work) throws Exception {
    int threads = 4;
    CyclicBarrier start = new CyclicBarrier(threads);
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    List<Future<List<Lease<String>>>> running = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      SplittableRandom random = new SplittableRandom(i);
      running.add(
          pool.submit(
              () -> {
                List<Lease<String>> leases = new ArrayList<>();
                start.await();
                work.run(leases, random);
                return leases;
              }));
    }
    pool.shutdown();
    List<Lease<String>> all = new ArrayList<>();
    for (Future<List<Lease<String>>> each : running) {
      all.addAll(each.get());
    }
    return all;
  }
}
