// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.scalingtoolkit.sharding.metrics.ShardingMetric;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Counts what movers do, and passes on what it is told.
 *
 * <p>Confined to the thread of a mover, as its listener is.
 */
final class MoveMeters implements MoveListener {
  private final MeterRegistry registry;
  private final MoveListener next;
  private final Map<String, Long> counted = new HashMap<>();

  MoveMeters(MeterRegistry registry, MoveListener next) {
    this.registry = registry;
    this.next = next;
  }

  private static Tags tags(Move move) {
    return Tags.of("source", move.source(), "target", move.target());
  }

  @Override
  public void progressed(Move move) {
    long before = counted.getOrDefault(move.id(), 0L);
    if (move.rows() > before) {
      Counter.builder(ShardingMetric.MOVED_ROWS.id())
          .baseUnit(ShardingMetric.MOVED_ROWS.baseUnit())
          .tags(tags(move))
          .register(registry)
          .increment((double) (move.rows() - before));
      counted.put(move.id(), move.rows());
    }
    if (move.state().isFinal()) {
      counted.remove(move.id());
      Counter.builder(ShardingMetric.MOVES.id())
          .baseUnit(ShardingMetric.MOVES.baseUnit())
          .tags(tags(move).and("outcome", move.state().name().toLowerCase(Locale.ROOT)))
          .register(registry)
          .increment();
    }
    next.progressed(move);
  }

  @Override
  public void step(Move move, String label) {
    next.step(move, label);
  }

  @Override
  public void paused(Move move, Duration pause) {
    Timer.builder(ShardingMetric.PAUSES.id()).tags(tags(move)).register(registry).record(pause);
    next.paused(move, pause);
  }
}
