// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.overload;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The permits that are out, each given back once; thread-safe. */
final class PermitLedger {
  private static final Logger LOG = LoggerFactory.getLogger(PermitLedger.class);
  private static final long LOG_INTERVAL_NANOS = 10_000_000_000L;
  private static final int SWEEPS_PER_AGE = 8;
  private static final VarHandle CLOSED;

  static {
    try {
      CLOSED = MethodHandles.lookup().findVarHandle(Entry.class, "closed", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** What is done when a permit comes back, once for each. */
  interface Returns {
    /** A permit was closed by its holder. */
    void closed(long startNanos, Outcome outcome);

    /** A permit was taken back because nobody closed it. */
    void leaked();
  }

  private final String name;
  private final long maxAgeNanos;
  private final Returns returns;
  // Holds the entries, whose hold on their permit is weak. At most as many as are in flight.
  private final Set<Entry> out = ConcurrentHashMap.newKeySet();
  private final ReferenceQueue<Permit> garbage = new ReferenceQueue<>();
  final LongAdder collected = new LongAdder();
  final LongAdder aged = new LongAdder();

  // Only the thread that sweeps uses these.
  private long lastAgeSweepNanos;
  private long lastLogNanos;
  private long logged;

  PermitLedger(String name, long maxAgeNanos, long nowNanos, Returns returns) {
    this.name = name;
    this.maxAgeNanos = maxAgeNanos;
    this.returns = returns;
    this.lastAgeSweepNanos = nowNanos;
    this.lastLogNanos = nowNanos - LOG_INTERVAL_NANOS;
  }

  Entry add(Permit permit, long startNanos) {
    Entry entry = new Entry(this, permit, startNanos);
    out.add(entry);
    return entry;
  }

  /** Takes back what nobody will close. Calls must not overlap. */
  void sweep(long nowNanos) {
    for (Reference<?> found = garbage.poll(); found != null; found = garbage.poll()) {
      takeBack((Entry) found, collected);
    }
    if (nowNanos - lastAgeSweepNanos >= maxAgeNanos / SWEEPS_PER_AGE) {
      lastAgeSweepNanos = nowNanos;
      for (Entry entry : out) {
        if (nowNanos - entry.startNanos >= maxAgeNanos) {
          takeBack(entry, aged);
        }
      }
    }
    long leaks = collected.sum() + aged.sum();
    if (leaks > logged && nowNanos - lastLogNanos >= LOG_INTERVAL_NANOS) {
      lastLogNanos = nowNanos;
      LOG.warn(
          "{}: {} permits were not closed and are taken back ({} in all were garbage, {} older than"
              + " {} ms); close each permit in a finally block",
          name,
          leaks - logged,
          collected.sum(),
          aged.sum(),
          maxAgeNanos / 1_000_000);
      logged = leaks;
    }
  }

  private void takeBack(Entry entry, LongAdder counter) {
    if (entry.markClosed()) {
      counter.increment();
      returns.leaked();
    }
  }

  /** One permit that is out. */
  static final class Entry extends WeakReference<Permit> {
    private final PermitLedger ledger;
    private final long startNanos;

    @SuppressWarnings("UnusedVariable") // through CLOSED
    private volatile boolean closed;

    private Entry(PermitLedger ledger, Permit permit, long startNanos) {
      super(permit, ledger.garbage);
      this.ledger = ledger;
      this.startNanos = startNanos;
    }

    boolean giveBack(Outcome outcome) {
      if (!markClosed()) {
        return false;
      }
      ledger.returns.closed(startNanos, outcome);
      return true;
    }

    private boolean markClosed() {
      if (!CLOSED.compareAndSet(this, false, true)) {
        return false;
      }
      ledger.out.remove(this);
      return true;
    }
  }
}
