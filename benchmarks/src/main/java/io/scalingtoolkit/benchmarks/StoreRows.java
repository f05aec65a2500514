// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import io.scalingtoolkit.benchmarks.limits.StorePeer;
import io.scalingtoolkit.benchmarks.limits.StoreRun;
import io.scalingtoolkit.benchmarks.limits.StoreRun.Load;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;

/**
 * The bars of rate limiters that share their limits through Redis. The peers of a load run one
 * after the other, as often as there are rounds; what counts is the median. Confined.
 */
final class StoreRows {
  private static final long ENOUGH = 1_000_000;
  private static final long RATE = 2_000;

  private final int rounds;
  private final double seconds;
  private final Consumer<String> progress;

  StoreRows(int rounds, double seconds, Consumer<String> progress) {
    this.rounds = rounds;
    this.seconds = seconds;
    this.progress = progress;
  }

  /** Measures the three loads. */
  List<Row> measure() throws InterruptedException {
    List<Row> rows = new ArrayList<>();
    rows.addAll(open(1, "hot key", 6, 1.5));
    rows.addAll(open(1_000, "1,000 keys", 1.4, 1.7));
    rows.addAll(limited());
    return rows;
  }

  /** Nothing is refused, so that what is known of refusals does not help. */
  private List<Row> open(int keys, String name, double overBucket4j, double overRedisson)
      throws InterruptedException {
    Map<StorePeer, List<StoreRun>> runs =
        run(
            name + ", all admitted",
            new Load(keys, ENOUGH, ENOUGH, seconds / 2, seconds),
            List.of(StorePeer.BUCKET4J, StorePeer.REDISSON, StorePeer.STRICT));
    List<Row> rows = new ArrayList<>();
    double strict = median(runs, StorePeer.STRICT, StoreRun::perSecond);
    double bucket4j = median(runs, StorePeer.BUCKET4J, StoreRun::perSecond);
    double redisson = median(runs, StorePeer.REDISSON, StoreRun::perSecond);
    rows.add(
        Row.atLeast("D1 strict / bucket4j, " + name, strict / bucket4j, "x", null, overBucket4j));
    rows.add(
        Row.atLeast("D1 strict / redisson, " + name, strict / redisson, "x", null, overRedisson));
    double commands = median(runs, StorePeer.STRICT, StoreRun::commands);
    rows.add(Row.atMost("D1 commands a decision, " + name, commands, "count", null, 1.01));
    if (keys == 1) {
      double p99 = median(runs, StorePeer.STRICT, StoreRun::p99);
      double base = median(runs, StorePeer.BUCKET4J, StoreRun::p99);
      rows.add(Row.atMost("D1 p99 strict / bucket4j", p99 / base, "x", null, 0.25));
    }
    runs.forEach(
        (peer, each) ->
            rows.add(
                Row.info(
                    name + ", " + peer.label(), median(runs, peer, StoreRun::perSecond), "dec/s")));
    return rows;
  }

  /** Far more is asked than there is. */
  private List<Row> limited() throws InterruptedException {
    String name = "hot key, %d/s".formatted(RATE);
    Map<StorePeer, List<StoreRun>> runs =
        run(
            name,
            new Load(1, RATE, RATE / 10, seconds / 2, seconds),
            List.of(StorePeer.BUCKET4J_BATCHING, StorePeer.STRICT, StorePeer.LEASED));
    List<Row> rows = new ArrayList<>();
    double leased = median(runs, StorePeer.LEASED, StoreRun::perSecond);
    double batching = median(runs, StorePeer.BUCKET4J_BATCHING, StoreRun::perSecond);
    double commands = median(runs, StorePeer.LEASED, StoreRun::commands);
    rows.add(
        Row.atLeast(
            "D1 strict, budget used",
            100 * median(runs, StorePeer.STRICT, StoreRun::budgetUsed),
            "%",
            null,
            99));
    rows.add(Row.atLeast("D2 leased / batching", leased / batching, "x", null, 100));
    rows.add(Row.atMost("D2 commands a decision", 100 * commands, "%", null, 2));
    rows.add(
        Row.atLeast(
            "D2 leased, budget used",
            100 * median(runs, StorePeer.LEASED, StoreRun::budgetUsed),
            "%",
            null,
            98));
    runs.forEach(
        (peer, each) -> {
          rows.add(
              Row.info(
                  name + ", " + peer.label(), median(runs, peer, StoreRun::perSecond), "dec/s"));
          rows.add(
              Row.info(
                  name + " used, " + peer.label(),
                  100 * median(runs, peer, StoreRun::budgetUsed),
                  "%"));
        });
    return rows;
  }

  private Map<StorePeer, List<StoreRun>> run(String name, Load load, List<StorePeer> peers)
      throws InterruptedException {
    Map<StorePeer, List<StoreRun>> runs = new EnumMap<>(StorePeer.class);
    for (int round = 0; round < rounds; round++) {
      progress.accept("Redis, %s: round %d of %d".formatted(name, round + 1, rounds));
      for (StorePeer peer : peers) {
        runs.computeIfAbsent(peer, p -> new ArrayList<>()).add(StoreRun.measure(peer, load));
      }
    }
    return runs;
  }

  private static double median(
      Map<StorePeer, List<StoreRun>> runs, StorePeer peer, ToDoubleFunction<StoreRun> value) {
    return Comparison.median(
        runs.getOrDefault(peer, List.of()).stream().map(value::applyAsDouble).sorted().toList());
  }
}
