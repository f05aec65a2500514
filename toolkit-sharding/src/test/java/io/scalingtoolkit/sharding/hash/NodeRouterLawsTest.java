// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.hash;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.sharding.hash.NodeRouterTest.Kind;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Whatever the nodes, the weights and the keys are. */
final class NodeRouterLawsTest {
  private static final int TRIES = 300;
  private static final String ADDED = "added";

  @Provide
  Arbitrary<List<WeightedNode<String>>> someNodes() {
    Arbitrary<String> names = Arbitraries.strings().all().ofMinLength(1).ofMaxLength(12);
    return Arbitraries.maps(names.filter(NodeRouterLawsTest::isName), weights())
        .ofMinSize(1)
        .ofMaxSize(12)
        .map(NodeRouterLawsTest::nodes);
  }

  @Provide
  Arbitrary<Double> weights() {
    return Arbitraries.oneOf(
        Arbitraries.just(1.0), Arbitraries.doubles().between(0.01, 20).ofScale(3));
  }

  private static List<WeightedNode<String>> nodes(Map<String, Double> weights) {
    return weights.entrySet().stream()
        .map(node -> new WeightedNode<>(node.getKey(), node.getKey(), node.getValue()))
        .toList();
  }

  private static boolean isName(String text) {
    return !text.isBlank()
        && !text.equals(ADDED)
        && text.codePoints().noneMatch(c -> c >= 0xD800 && c <= 0xDFFF);
  }

  @Property(tries = TRIES)
  void with_anyNode_keysStayOrGoToIt(
      @ForAll Kind kind,
      @ForAll("someNodes") List<WeightedNode<String>> nodes,
      @ForAll("weights") double weight,
      @ForAll long seed) {
    NodeRouter<String> before = kind.of(nodes);
    WeightedNode<String> added = new WeightedNode<>(ADDED, ADDED, weight);
    NodeRouter<String> after = before.with(added);
    for (int i = 0; i < 300; i++) {
      long hash = SplitMix64.mix(seed + i);
      assertThat(after.node(hash)).isIn(before.node(hash), added);
    }
  }

  @Property(tries = TRIES)
  void without_anyNode_onlyItsKeysMoveAndToTheirSecond(
      @ForAll Kind kind,
      @ForAll("someNodes") List<WeightedNode<String>> nodes,
      @ForAll("weights") double weight,
      @ForAll long seed) {
    NodeRouter<String> before = kind.of(nodes).with(new WeightedNode<>(ADDED, ADDED, weight));
    NodeRouter<String> after = before.without(ADDED);
    for (int i = 0; i < 300; i++) {
      long hash = SplitMix64.mix(seed + i);
      List<WeightedNode<String>> order = before.nodes(hash, 2);
      assertThat(after.node(hash)).isEqualTo(order.get(order.get(0).name().equals(ADDED) ? 1 : 0));
    }
  }
}
