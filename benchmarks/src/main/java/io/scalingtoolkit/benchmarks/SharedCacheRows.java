// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import io.scalingtoolkit.benchmarks.cache.SharedPeer;
import io.scalingtoolkit.benchmarks.cache.SharedRun;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;

/**
 * The bars of a cache in Redis. The peers run one after the other, as often as there are rounds;
 * what is compared is of the same round, and what counts is the median. Confined.
 */
final class SharedCacheRows {
  private static final double MOST_MICROS_ABOVE_LETTUCE = 8;
  private static final double MOST_COMMANDS = 1.01;
  private static final double MOST_TRIPS_OF_A_MISS = 3;

  private final int rounds;
  private final double seconds;
  private final Consumer<String> progress;
  private final Map<SharedPeer, List<SharedRun>> runs = new EnumMap<>(SharedPeer.class);

  SharedCacheRows(int rounds, double seconds, Consumer<String> progress) {
    this.rounds = rounds;
    this.seconds = seconds;
    this.progress = progress;
  }

  List<Row> measure() {
    for (int round = 1; round <= rounds; round++) {
      progress.accept("Redis: round %d of %d".formatted(round, rounds));
      for (SharedPeer peer : SharedPeer.values()) {
        runs.computeIfAbsent(peer, same -> new ArrayList<>()).add(SharedRun.measure(peer, seconds));
      }
    }
    List<Row> rows = new ArrayList<>();
    for (SharedPeer peer : SharedPeer.values()) {
      boolean ours = peer == SharedPeer.TOOLKIT;
      String label = ", " + peer.label();
      rows.add(Row.info("L2 hit p50" + label, median(peer, SharedRun::hitP50), "us"));
      rows.add(Row.info("L2 hit p99" + label, median(peer, SharedRun::hitP99), "us"));
      double above = aboveLettuce(peer);
      double commands = median(peer, SharedRun::hitCommands);
      double miss = trips(peer, SharedRun::missTrip);
      double invalidate = trips(peer, SharedRun::invalidateTrip);
      if (peer != SharedPeer.LETTUCE) {
        rows.add(
            bar(ours, "L2 hit p50 above lettuce" + label, above, "us", MOST_MICROS_ABOVE_LETTUCE));
      }
      rows.add(bar(ours, "L2 commands a hit" + label, commands, "count", MOST_COMMANDS));
      rows.add(bar(ours, "L2 miss" + label, miss, "round trips", MOST_TRIPS_OF_A_MISS));
      rows.add(bar(ours, "L2 invalidate" + label, invalidate, "round trips", 1));
      rows.add(
          Row.info(
              "L2 an entry above its value" + label, median(peer, SharedRun::entryBytes), "B"));
    }
    return rows;
  }

  private static Row bar(boolean ours, String name, double value, String unit, double most) {
    return ours ? Row.atMost(name, value, unit, null, most) : Row.info(name, value, unit);
  }

  private double median(SharedPeer peer, ToDoubleFunction<SharedRun> figure) {
    return Comparison.median(of(peer).stream().mapToDouble(figure).sorted().boxed().toList());
  }

  private double aboveLettuce(SharedPeer peer) {
    List<Double> differences = new ArrayList<>();
    for (int i = 0; i < rounds; i++) {
      differences.add(of(peer).get(i).hitP50() - of(SharedPeer.LETTUCE).get(i).hitP50());
    }
    return Comparison.median(differences.stream().sorted().toList());
  }

  /** In whole round trips, of which a hit of Lettuce takes one. */
  private double trips(SharedPeer peer, ToDoubleFunction<SharedRun> time) {
    return Math.rint(median(peer, time) / median(SharedPeer.LETTUCE, SharedRun::hitTrip));
  }

  private List<SharedRun> of(SharedPeer peer) {
    return runs.getOrDefault(peer, List.of());
  }
}
