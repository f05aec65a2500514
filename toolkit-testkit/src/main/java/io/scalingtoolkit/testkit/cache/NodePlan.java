// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.cache;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a node is to do, as it stands in the arguments of its main class. Immutable.
 *
 * @param node from 0
 * @param logs directory of its operations
 * @param counters file of the versions
 * @param settings for whoever opens its cache
 */
record NodePlan(
    int node,
    int nodes,
    int keys,
    int readers,
    boolean writes,
    long writePauseNanos,
    long seed,
    Path logs,
    Path counters,
    List<String> settings) {
  private static final int OWN = 9;

  List<String> arguments() {
    List<String> all = new ArrayList<>();
    for (Object each :
        new Object[] {node, nodes, keys, readers, writes, writePauseNanos, seed, logs, counters}) {
      all.add(String.valueOf(each));
    }
    all.addAll(settings);
    return all;
  }

  static NodePlan parse(List<String> all) {
    return new NodePlan(
        Integer.parseInt(all.get(0)),
        Integer.parseInt(all.get(1)),
        Integer.parseInt(all.get(2)),
        Integer.parseInt(all.get(3)),
        Boolean.parseBoolean(all.get(4)),
        Long.parseLong(all.get(5)),
        Long.parseLong(all.get(6)),
        Path.of(all.get(7)),
        Path.of(all.get(8)),
        List.copyOf(all.subList(OWN, all.size())));
  }
}
