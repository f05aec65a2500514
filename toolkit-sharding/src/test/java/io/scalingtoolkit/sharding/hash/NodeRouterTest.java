// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.hash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What both kinds of router promise, and how even each is. */
final class NodeRouterTest {
  private static final int KEYS = 200_000;

  enum Kind {
    RING(ConsistentHash::ring),
    RENDEZVOUS(ConsistentHash::rendezvous);

    private final Function<Collection<WeightedNode<String>>, NodeRouter<String>> factory;

    Kind(Function<Collection<WeightedNode<String>>, NodeRouter<String>> factory) {
      this.factory = factory;
    }

    NodeRouter<String> of(Collection<WeightedNode<String>> nodes) {
      return factory.apply(nodes);
    }
  }

  @ParameterizedTest
  @EnumSource
  void node_nodesGivenInAnyOrder_isTheSame(Kind kind) {
    List<WeightedNode<String>> nodes = nodes("n", 20);
    NodeRouter<String> router = kind.of(nodes);
    List<WeightedNode<String>> shuffled = new ArrayList<>(nodes);
    Collections.shuffle(shuffled, new Random(1));
    NodeRouter<String> other = kind.of(shuffled);
    NodeRouter<String> grown = kind.of(shuffled.subList(0, 1));
    for (WeightedNode<String> node : shuffled.subList(1, 20)) {
      grown = grown.with(node);
    }

    assertThat(other.all()).isEqualTo(router.all());
    for (int i = 0; i < 20_000; i++) {
      long hash = KeyHash.of((long) i);
      assertThat(other.node(hash)).isSameAs(router.node(hash));
      assertThat(grown.node(hash)).isSameAs(router.node(hash));
    }
  }

  @ParameterizedTest
  @EnumSource
  void nodes_allOfThem_beginWithTheNodeAndAreDifferent(Kind kind) {
    NodeRouter<String> router = kind.of(nodes("n", 12));
    for (int i = 0; i < 5_000; i++) {
      long hash = KeyHash.of((long) i);
      List<WeightedNode<String>> order = router.nodes(hash, Integer.MAX_VALUE);
      assertThat(order.get(0)).isSameAs(router.node(hash));
      assertThat(order).containsExactlyInAnyOrderElementsOf(router.all());
      assertThat(router.nodes(hash, 3)).isEqualTo(order.subList(0, 3));
    }
  }

  /** A key whose node fails goes where its list of fallbacks said. */
  @ParameterizedTest
  @EnumSource
  void without_anyNode_itsKeysGoToTheirSecond(Kind kind) {
    NodeRouter<String> router = kind.of(nodes("n", 10));
    for (WeightedNode<String> gone : router.all()) {
      NodeRouter<String> rest = router.without(gone.name());
      for (int i = 0; i < 2_000; i++) {
        long hash = KeyHash.of((long) i);
        List<WeightedNode<String>> order = new ArrayList<>(router.nodes(hash, 10));
        order.remove(gone);
        assertThat(rest.nodes(hash, 9)).isEqualTo(order);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"RING, 3", "RING, 10", "RING, 50", "RENDEZVOUS, 3", "RENDEZVOUS, 10"})
  void with_oneNodeMore_itGetsItsShareAndNobodyElseGetsAny(Kind kind, int count) {
    NodeRouter<String> before = kind.of(nodes("n", count));
    NodeRouter<String> after = before.with(WeightedNode.of("new"));
    int moved = 0;
    for (int i = 0; i < KEYS; i++) {
      long hash = KeyHash.of((long) i);
      if (after.node(hash) != before.node(hash)) {
        assertThat(after.node(hash).name()).isEqualTo("new");
        moved++;
      }
    }

    assertThat(moved * (count + 1.0) / KEYS).isBetween(0.7, 1.3);
  }

  /** At 1 / sqrt(virtual nodes), taken over many rings: 7.9 % with 160, 3.2 % with 1,000. */
  @ParameterizedTest
  @CsvSource({"160, 0.079", "1000, 0.0316"})
  void ring_evenWeights_sharesDeviateAsTheVirtualNodesSay(int virtualNodes, double deviation) {
    double squares = 0;
    double peak = 0;
    int rings = 20;
    int count = 12;
    for (int i = 0; i < rings; i++) {
      Map<String, Double> shares =
          shares(ConsistentHash.ring(nodes("ring" + i + "-", count), virtualNodes));
      for (double share : shares.values()) {
        squares += Math.pow(share * count - 1, 2) / (rings * count);
        peak = Math.max(peak, share * count);
      }
    }

    assertThat(Math.sqrt(squares)).isBetween(0.8 * deviation, 1.2 * deviation);
    assertThat(peak).isLessThan(1 + 4 * deviation);
  }

  /** Nothing but chance: a multinomial's deviation. */
  @Test
  void rendezvous_evenWeights_isAsEvenAsChanceAllows() {
    Map<String, Double> shares = shares(ConsistentHash.rendezvous(nodes("n", 12)));

    double deviation = Math.sqrt(12.0 / KEYS);
    assertThat(shares.values()).allMatch(share -> Math.abs(share * 12 - 1) < 4 * deviation);
  }

  @ParameterizedTest
  @CsvSource({"RING, 0.25", "RENDEZVOUS, 0.04"})
  void node_weights1To2To4_sharesFollowThem(Kind kind, double tolerance) {
    List<WeightedNode<String>> nodes = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      nodes.add(new WeightedNode<>("n" + i, "n" + i, 1 << i % 3));
    }
    Map<String, Double> shares = shares(kind.of(nodes));

    for (WeightedNode<String> node : nodes) {
      assertThat(shares.get(node.name()) * 21 / node.weight())
          .as("%s", node)
          .isBetween(1 - tolerance, 1 + tolerance);
    }
  }

  /** The order of even weights is without the logarithm; it must be that with it. */
  @Test
  void rendezvous_anotherWeightAmongEvenOnes_takesKeysAndMovesNone() {
    NodeRouter<String> even = ConsistentHash.rendezvous(nodes("n", 8));
    NodeRouter<String> uneven = even.with(new WeightedNode<>("new", "new", 0.01));
    for (int i = 0; i < KEYS; i++) {
      long hash = KeyHash.of((long) i);
      WeightedNode<String> after = uneven.node(hash);
      assertThat(after == even.node(hash) || after.name().equals("new")).isTrue();
    }
  }

  /** Routed on: ring v1 and rendezvous v1, never to be changed. */
  @ParameterizedTest
  @CsvSource({"RING, 44814a91a6fb22f8", "RENDEZVOUS, 319b57f38d8b3bf9"})
  void node_aHundredThousandKeys_areThoseOfVersion1(Kind kind, String golden) {
    List<WeightedNode<String>> nodes = nodes("node-", 10);
    nodes.add(new WeightedNode<>("heavy", "heavy", 2.5));
    nodes.add(new WeightedNode<>("light", "light", 0.3));
    NodeRouter<String> router = kind.of(nodes);
    List<WeightedNode<String>> all = router.all();
    long sum = 0;
    for (int i = 0; i < 100_000; i++) {
      sum = 31 * sum + all.indexOf(router.node(KeyHash.of((long) i)));
    }

    assertThat(Long.toHexString(sum)).isEqualTo(golden);
  }

  @ParameterizedTest
  @EnumSource
  void of_oneNode_hasAllKeys(Kind kind) {
    NodeRouter<String> router = kind.of(nodes("n", 1));

    for (long hash : new long[] {0, 1, -1, Long.MIN_VALUE, Long.MAX_VALUE}) {
      assertThat(router.node(hash).target()).isEqualTo("n0");
      assertThat(router.nodes(hash, 5)).hasSize(1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void of_noNodesOrTwoOfOneName_isRefused(Kind kind) {
    List<WeightedNode<String>> twice = List.of(WeightedNode.of("a"), WeightedNode.of("a"));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> kind.of(List.of()))
        .withMessage("a router must have at least one node");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> kind.of(twice))
        .withMessage("two nodes have the name a");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> kind.of(nodes("a", 1)).with(new WeightedNode<>("a0", "other", 2)))
        .withMessage("two nodes have the name a0");
  }

  @ParameterizedTest
  @EnumSource
  void without_unknownOrOnlyNode_isRefused(Kind kind) {
    NodeRouter<String> router = kind.of(nodes("n", 1));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> router.without("x"))
        .withMessage("no node has the name x");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> router.without("n0"))
        .withMessageContaining("node n0 is the only one");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> router.nodes(1, 0))
        .withMessage("count must be 1 or more, but is 0");
  }

  @ParameterizedTest
  @ValueSource(
      doubles = {
        0,
        -0.0,
        -1,
        0.009,
        1_000.1,
        Double.NaN,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY,
        Double.MIN_VALUE
      })
  void weight_outOfRange_isRefused(double weight) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new WeightedNode<>("a", "a", weight))
        .withMessage("the weight of node a must be 0.01 to 1000.0, but is " + weight);
  }

  @Test
  void name_blank_isRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> WeightedNode.of(" "));
  }

  @Test
  void ring_virtualNodesOutOfRangeOrTooManyPoints_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ConsistentHash.ring(nodes("n", 1), 159))
        .withMessage("virtualNodes must be 160 to 1048576, but is 159");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ConsistentHash.ring(nodes("n", 1), (1 << 20) + 1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ConsistentHash.ring(nodes("n", 5), 1 << 20))
        .withMessageContaining("at most 4194304 points");
  }

  static List<WeightedNode<String>> nodes(String prefix, int count) {
    return new ArrayList<>(
        IntStream.range(0, count).mapToObj(i -> WeightedNode.of(prefix + i)).toList());
  }

  private static Map<String, Double> shares(NodeRouter<String> router) {
    Map<String, Double> shares = new HashMap<>();
    for (int i = 0; i < KEYS; i++) {
      shares.merge(router.node(KeyHash.of((long) i)).name(), 1.0 / KEYS, Double::sum);
    }
    return shares;
  }
}
