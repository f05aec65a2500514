// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.overload;

import io.micrometer.core.instrument.MeterRegistry;
import io.scalingtoolkit.core.time.MonotonicClock;
import io.scalingtoolkit.core.time.WallClock;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Admits as many requests at once as a server can answer in time, and finds out how many that is.
 *
 * <p>Put it in front of everything else, ask it before any work is done for a request, and close
 * the {@link Permit} when the answer is out. It needs no thread, no queue and no tuning. It
 * measures latencies in windows of 100 ms or more, and every few seconds what the latency is with
 * half as many requests; the difference is queueing, of which it lets through a share of the
 * deadline.
 *
 * <p>The levels of {@link Priority} have different room: {@link Priority#LOW} up to three quarters
 * of the limit and {@link Priority#SHEDDABLE} up to half of it, while {@link Priority#CRITICAL}
 * finds room up to three times the limit and 8. Where there is more load than capacity, the levels
 * and users that fill most of it find the whole limit, the same users for an hour, and the others
 * half of it. What was begun is finished: for two seconds, and 16 requests, who was admitted finds
 * room above the limit and who was refused hardly any, so that what makes several requests succeeds
 * as a whole or is refused at its first. Nothing is ever admitted above {@link Builder#maxLimit}.
 *
 * <p>Use one for requests of about the same cost; give cheap and dear ones a limiter each.
 *
 * <p>Thread-safe, lock-free; it never blocks.
 */
public final class AdaptiveLimiter {
  private static final int CRITICAL_ROOM = 8;
  private static final int CRITICAL_TIMES = 3;
  // Who was admitted a moment ago is refused only when so much is in flight that the mean latency
  // is this part of the deadline.
  private static final double ADMITTED_SHARE = 0.6;
  private static final double MOST_ADMITTED_TIMES = 3;
  // Who was refused finds the less room the more are refused.
  private static final double REFUSED_SHARE = 0.65;
  private static final double MOST_REFUSED_PART = 0.3;
  private static final int LEVEL_STEP = 0x9E3779B9;
  private static final long MIN_WINDOW_NANOS = 100_000_000L;
  private static final long LONG_WINDOW_NANOS = 1_000_000_000L;
  private static final long MAX_WINDOW_NANOS = 5_000_000_000L;
  private static final int MIN_SAMPLES_OF_LONG = 10;
  private static final int RETRY_TIMES = 16;
  private static final long HOUR_SECONDS = 3_600;

  private final String name;
  private final MonotonicClock clock;
  private final WallClock wallClock;
  private final int maxLimit;
  private final long deadlineNanos;
  private final PermitLedger ledger;
  private final OverloadCounters counters;
  private final ShedThreshold threshold = new ShedThreshold();
  private final RecentVerdicts recent = new RecentVerdicts();
  private final Verdict.Rejected[][] rejections;

  private final AtomicInteger inFlight = new AtomicInteger();
  private volatile SampleWindow window;
  private volatile Room room;

  // Whoever sets it closes the window, and alone uses the estimator and updates the threshold.
  private final AtomicBoolean closing = new AtomicBoolean();
  private final LimitEstimator estimator;
  private int shedThreshold = ShedThreshold.NONE;
  private volatile long sweepDueNanos;

  private AdaptiveLimiter(Builder builder) {
    this.name = builder.name;
    this.clock = builder.clock;
    this.wallClock = builder.wallClock;
    this.maxLimit = builder.maxLimit;
    this.deadlineNanos = builder.deadline.toNanos();
    this.estimator =
        new LimitEstimator(
            builder.minLimit,
            builder.maxLimit,
            Math.max(builder.minLimit, Math.min(builder.maxLimit, builder.initialLimit)),
            deadlineNanos);
    long now = clock.nanoTime();
    this.window = new SampleWindow(now, 0);
    this.sweepDueNanos = now + MIN_WINDOW_NANOS;
    this.ledger = new PermitLedger(name, builder.maxPermitAge.toNanos(), now, new Returned());
    this.rejections = rejections(builder.retryAfter);
    this.counters = new OverloadCounters();
    this.room = newRoom();
    if (builder.registry != null) {
      counters.register(builder.registry, this, ledger);
    }
  }

  /**
   * Begins a limiter.
   *
   * @param name for logs and metrics, not blank
   */
  public static Builder builder(String name) {
    return new Builder(name);
  }

  private static Verdict.Rejected[][] rejections(Duration least) {
    Verdict.Reason[] reasons = Verdict.Reason.values();
    Verdict.Rejected[][] made = new Verdict.Rejected[reasons.length][RETRY_TIMES];
    for (Verdict.Reason reason : reasons) {
      for (int i = 0; i < RETRY_TIMES; i++) {
        made[reason.index()][i] =
            new Verdict.Rejected(reason, least.plus(least.multipliedBy(i).dividedBy(RETRY_TIMES)));
      }
    }
    return made;
  }

  /** Asks for a permit of {@link Priority#DEFAULT} for no particular user. */
  public Verdict tryAcquire() {
    return tryAcquire(Priority.DEFAULT, null);
  }

  /** As {@link #tryAcquire(Priority, String)}, for no particular user. */
  public Verdict tryAcquire(Priority priority) {
    return tryAcquire(priority, null);
  }

  /**
   * Asks for a permit.
   *
   * <p>A request whose {@link Deadline} has passed is rejected.
   *
   * @param userKey who asks, such as an account or an address: requests with the same key meet the
   *     same fate under overload, here and in other processes; null for nobody in particular
   * @return a {@link Permit} to be closed, or {@link Verdict.Rejected}
   */
  public Verdict tryAcquire(Priority priority, @Nullable String userKey) {
    return tryAcquire(priority, userKey, 0);
  }

  /**
   * As {@link #tryAcquire(Priority, String)}, for a request that has waited before it could ask,
   * such as for a thread. That counts as part of its latency, and one that has waited for the whole
   * deadline is rejected, unless it is {@link Priority#CRITICAL}: whoever sent it has given up.
   *
   * @param waitedNanos since it arrived, in nanoseconds
   * @throws IllegalArgumentException if {@code waitedNanos} is negative
   */
  public Verdict tryAcquire(Priority priority, @Nullable String userKey, long waitedNanos) {
    Objects.requireNonNull(priority, "priority");
    if (waitedNanos < 0) {
      throw new IllegalArgumentException("waitedNanos must not be negative, was " + waitedNanos);
    }
    long now = clock.nanoTime();
    if (now - sweepDueNanos >= 0) {
      closeWindow(now);
    }
    Room current = room;
    int hash = userKey == null ? 0 : ShedThreshold.hash(userKey, current.seed());
    int key = userKey == null ? ShedThreshold.keyOf(priority) : ShedThreshold.keyOf(priority, hash);
    threshold.count(key);
    window.asked.increment();
    if (priority == Priority.CRITICAL) {
      window.sawCritical();
    }
    Deadline deadline = Deadline.current();
    boolean tooLate = waitedNanos >= deadlineNanos && priority != Priority.CRITICAL;
    if (tooLate || (deadline != null && deadline.isExpired())) {
      return reject(priority, Verdict.Reason.EXPIRED, now);
    }
    boolean remembers = userKey != null && current.isShedding() && priority != Priority.CRITICAL;
    int who = hash + priority.level() * LEVEL_STEP;
    int before = remembers ? recent.of(who, now) : RecentVerdicts.UNKNOWN;
    int most = current.of(priority, key, before);
    int found;
    do {
      found = inFlight.get();
      if (found >= most) {
        (before == RecentVerdicts.REFUSED ? window.rejectedAgain : window.rejected).increment();
        if (remembers && before == RecentVerdicts.UNKNOWN) {
          recent.remember(who, RecentVerdicts.REFUSED, now);
        }
        return reject(
            priority, current.isShedding() ? Verdict.Reason.SHED : Verdict.Reason.LIMIT, now);
      }
    } while (!inFlight.compareAndSet(found, found + 1));
    window.sawInFlight(found + 1);
    if (before == RecentVerdicts.ADMITTED) {
      if (found >= current.ordinary()) {
        window.sawAboveLimit();
      }
    } else if (remembers) {
      recent.remember(who, RecentVerdicts.ADMITTED, now);
    }
    counters.admitted(priority);
    return new Permit(ledger, now - waitedNanos);
  }

  private Verdict reject(Priority priority, Verdict.Reason reason, long now) {
    counters.rejected(priority, reason);
    // Any bits that differ from one rejection to the next will do.
    int which = (int) ((now * 0x9E3779B97F4A7C15L) >>> 60);
    return rejections[reason.index()][which];
  }

  private void closeWindow(long now) {
    if (!closing.compareAndSet(false, true)) {
      return;
    }
    try {
      if (now - sweepDueNanos < 0) {
        return;
      }
      ledger.sweep(now);
      SampleWindow over = window;
      long elapsed = now - over.startNanos;
      if (isFull(over, elapsed)) {
        int left = inFlight.get();
        window = new SampleWindow(now, left);
        boolean full = over.rejected.sum() > 0 && !estimator.isProbing();
        estimator.update(over.summary(left, elapsed));
        shedThreshold = threshold.update(elapsed, over.returned(), full, estimator.limit());
        room = newRoom();
      }
      // A window that has the time but not the samples is looked at again soon.
      sweepDueNanos = now + (elapsed < MIN_WINDOW_NANOS ? MIN_WINDOW_NANOS : MIN_WINDOW_NANOS / 10);
      if (window != over) {
        sweepDueNanos = now + MIN_WINDOW_NANOS;
      }
    } finally {
      closing.set(false);
    }
  }

  private boolean isFull(SampleWindow window, long elapsedNanos) {
    long samples = window.samples.sum() + window.dropped.sum();
    return elapsedNanos >= MIN_WINDOW_NANOS
        && (samples >= estimator.samplesWanted()
            || (elapsedNanos >= LONG_WINDOW_NANOS && samples >= MIN_SAMPLES_OF_LONG)
            || (elapsedNanos >= MAX_WINDOW_NANOS && samples > 0));
  }

  private Room newRoom() {
    double target = estimator.targetNanos();
    double admittedTimes =
        estimator.isProbing() || target == 0
            ? MOST_ADMITTED_TIMES
            : ADMITTED_SHARE * deadlineNanos / target;
    double outlier = LimitEstimator.OUTLIER * target;
    return new Room(
        maxLimit,
        estimator.limit(),
        estimator.steadyLimit() * CRITICAL_TIMES + CRITICAL_ROOM,
        Math.min(MOST_REFUSED_PART, REFUSED_SHARE * (1 - estimator.rejectedPart())),
        Math.max(1, Math.min(MOST_ADMITTED_TIMES, admittedTimes)),
        shedThreshold,
        Long.hashCode(wallClock.now().getEpochSecond() / HOUR_SECONDS),
        outlier == 0 ? Long.MAX_VALUE : (long) outlier,
        (long) estimator.baseNanos(),
        (long) target);
  }

  /** Returns the name. */
  public String name() {
    return name;
  }

  /** Returns how many are in flight now. */
  public int inFlight() {
    return inFlight.get();
  }

  /** Returns what it knows and does now. */
  public Snapshot snapshot() {
    Room current = room;
    return new Snapshot(
        name,
        current.ordinary(),
        current.critical(),
        inFlight.get(),
        Duration.ofNanos(current.baseNanos()),
        Duration.ofNanos(current.targetNanos()),
        (double) current.threshold() / ShedThreshold.COHORTS,
        counters.admittedInAll(),
        counters.rejectedInAll(),
        ledger.collected.sum() + ledger.aged.sum());
  }

  @Override
  public String toString() {
    return snapshot().toString();
  }

  /** What a permit that comes back does. */
  private final class Returned implements PermitLedger.Returns {
    @Override
    public void closed(long startNanos, Outcome outcome) {
      inFlight.getAndDecrement();
      long now = clock.nanoTime();
      SampleWindow current = window;
      switch (outcome) {
        case SUCCESS -> current.add(Math.max(0, Math.min(now - startNanos, room.outlierNanos())));
        case DROPPED -> current.dropped.increment();
        case IGNORED -> current.ignored.increment();
      }
      if (now - sweepDueNanos >= 0) {
        closeWindow(now);
      }
    }

    @Override
    public void leaked() {
      inFlight.getAndDecrement();
    }
  }

  /**
   * What a limiter knows and does at a moment; immutable.
   *
   * @param limit how many may be in flight for a request of {@link Priority#DEFAULT} to be admitted
   * @param criticalLimit the same for {@link Priority#CRITICAL}: nothing is admitted above it
   * @param inFlight how many are
   * @param baseLatency latency without a queue, zero before anything was measured
   * @param targetLatency the mean latency it steers to, zero before anything was measured
   * @param shedThreshold which requests find the whole limit while there are too many: whole levels
   *     up to the number before the point, counted as in {@link Priority}, and the part of the
   *     users of the next level after it; 4 while there are not too many
   * @param admitted since it was made
   * @param rejected since it was made
   * @param leaked permits that were taken back since it was made
   */
  public record Snapshot(
      String name,
      int limit,
      int criticalLimit,
      int inFlight,
      Duration baseLatency,
      Duration targetLatency,
      double shedThreshold,
      long admitted,
      long rejected,
      long leaked) {}

  /** Collects the settings of a limiter; confined. */
  public static final class Builder {
    private static final int HIGHEST_LIMIT = 1_000_000;
    private static final Duration LONGEST = Duration.ofDays(1);

    private final String name;
    private Duration deadline = Duration.ofMillis(200);
    private int minLimit = 1;
    private int maxLimit = 10_000;
    private int initialLimit = 20;
    private Duration maxPermitAge = Duration.ofMinutes(2);
    private Duration retryAfter = Duration.ofSeconds(1);
    private MonotonicClock clock = MonotonicClock.system();
    private WallClock wallClock = WallClock.system();
    private @Nullable MeterRegistry registry;

    private Builder(String name) {
      if (name.isBlank()) {
        throw new IllegalArgumentException("name must not be blank");
      }
      this.name = name;
    }

    /**
     * Sets how long callers wait for an answer; about a fifth of it may be spent in a queue. The
     * default is 200 ms.
     *
     * @param deadline 1 ms to 1 day
     */
    public Builder deadline(Duration deadline) {
      this.deadline = checked("deadline", deadline, Duration.ofMillis(1));
      return this;
    }

    /**
     * Sets the limit that it does not go below. The default is 1.
     *
     * @param minLimit 1 to 1,000,000
     */
    public Builder minLimit(int minLimit) {
      this.minLimit = checked("minLimit", minLimit);
      return this;
    }

    /**
     * Sets the limit that it does not go above, and how many may be in flight at all, of whatever
     * priority. The default is 10,000.
     *
     * @param maxLimit 1 to 1,000,000
     */
    public Builder maxLimit(int maxLimit) {
      this.maxLimit = checked("maxLimit", maxLimit);
      return this;
    }

    /**
     * Sets the limit before anything is known; it is brought between the smallest and the largest.
     * The default is 20.
     *
     * @param initialLimit 1 to 1,000,000
     */
    public Builder initialLimit(int initialLimit) {
      this.initialLimit = checked("initialLimit", initialLimit);
      return this;
    }

    /**
     * Sets the age at which a permit is taken back as leaked; longer than anything takes. The
     * default is 2 minutes.
     *
     * @param maxPermitAge 1 s to 1 day
     */
    public Builder maxPermitAge(Duration maxPermitAge) {
      this.maxPermitAge = checked("maxPermitAge", maxPermitAge, Duration.ofSeconds(1));
      return this;
    }

    /**
     * Sets how long rejected callers should stay away: this long to twice as long. The default is 1
     * s.
     *
     * @param retryAfter 1 ms to 1 day
     */
    public Builder retryAfter(Duration retryAfter) {
      this.retryAfter = checked("retryAfter", retryAfter, Duration.ofMillis(1));
      return this;
    }

    /** Sets the clock that latencies are measured with; the default is that of the process. */
    public Builder clock(MonotonicClock clock) {
      this.clock = Objects.requireNonNull(clock, "clock");
      return this;
    }

    /** Sets the clock that tells the hour; the default is that of the machine. */
    public Builder wallClock(WallClock wallClock) {
      this.wallClock = Objects.requireNonNull(wallClock, "wallClock");
      return this;
    }

    /** Sets where the metrics {@code toolkit.overload.*} go; the default is nowhere. */
    public Builder meterRegistry(MeterRegistry registry) {
      this.registry = Objects.requireNonNull(registry, "registry");
      return this;
    }

    /**
     * Makes the limiter.
     *
     * @throws IllegalArgumentException if {@code minLimit} is above {@code maxLimit}
     */
    public AdaptiveLimiter build() {
      if (minLimit > maxLimit) {
        throw new IllegalArgumentException(
            "minLimit of limiter \"%s\" must be at most maxLimit, %d, was %d"
                .formatted(name, maxLimit, minLimit));
      }
      return new AdaptiveLimiter(this);
    }

    private int checked(String setting, int value) {
      if (value < 1 || value > HIGHEST_LIMIT) {
        throw new IllegalArgumentException(
            "%s of limiter \"%s\" must be 1 to %d, was %d"
                .formatted(setting, name, HIGHEST_LIMIT, value));
      }
      return value;
    }

    private Duration checked(String setting, Duration value, Duration least) {
      Objects.requireNonNull(value, setting);
      if (value.compareTo(least) < 0 || value.compareTo(LONGEST) > 0) {
        throw new IllegalArgumentException(
            "%s of limiter \"%s\" must be %s to %s, was %s"
                .formatted(setting, name, least, LONGEST, value));
      }
      return value;
    }
  }
}
