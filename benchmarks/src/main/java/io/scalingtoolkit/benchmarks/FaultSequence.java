// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Faults one after the other, each in a slot of the same length. Confined. */
final class FaultSequence {
  /** How long after the healing a fault may still be felt. */
  static final Duration AFTERMATH = Duration.ofSeconds(2);

  /** Time in a slot before the fault. */
  private static final Duration LEAD = Duration.ofSeconds(2);

  private final LongSupplier clock;
  private final Pause pause;

  /**
   * @param clock nanoseconds since the start of the load
   * @param pause waits until such a time
   */
  FaultSequence(LongSupplier clock, Pause pause) {
    this.clock = clock;
    this.pause = pause;
  }

  /** Over the clock of this process. */
  static FaultSequence since(long startNanoTime) {
    LongSupplier clock = () -> System.nanoTime() - startNanoTime;
    return new FaultSequence(
        clock, until -> TimeUnit.NANOSECONDS.sleep(Math.max(0, until - clock.getAsLong())));
  }

  /**
   * Makes all faults and heals each of them, also when interrupted. A fault that takes longer than
   * its slot delays the next one.
   *
   * @param slot time from the beginning of a slot to that of the next one
   */
  List<FaultWindow> run(List<Fault> faults, Duration slot) throws InterruptedException {
    List<FaultWindow> windows = new ArrayList<>();
    for (int i = 0; i < faults.size(); i++) {
      Fault fault = faults.get(i);
      pause.until(slot.toNanos() * i + LEAD.toNanos());
      long from = clock.getAsLong();
      fault.inject().run();
      try {
        pause.until(clock.getAsLong() + fault.held().toNanos());
      } finally {
        fault.heal().run();
      }
      long until = clock.getAsLong() + AFTERMATH.toNanos();
      windows.add(new FaultWindow(fault.name(), from, until));
      pause.until(until);
    }
    return windows;
  }

  /** Waits until a time of the clock; returns at once when it is over. */
  interface Pause {
    void until(long nanos) throws InterruptedException;
  }

  /**
   * One fault.
   *
   * @param held time from the end of {@code inject} to the start of {@code heal}
   */
  record Fault(String name, Runnable inject, Duration held, Runnable heal) {}
}
