// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.limit;

import io.scalingtoolkit.core.ratelimit.Admission;
import io.scalingtoolkit.core.ratelimit.KeyedRateLimiter;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/**
 * A policy in force: its settings, the limiter that counts for it, and what it has decided;
 * thread-safe.
 */
final class Policy {
  /** What it has decided; lives on when its settings change. Thread-safe. */
  static final class Counts {
    final LongAdder granted = new LongAdder();
    final LongAdder denied = new LongAdder();
    final LongAdder wouldDeny = new LongAdder();
  }

  private final LimitPolicy settings;
  private final PathRule rule;
  private final List<KeyPart> parts;
  private final KeyedRateLimiter<String> limiter;
  private final Counts counts;

  Policy(LimitPolicy settings, KeyedRateLimiter<String> limiter, Counts counts) {
    this.settings = settings;
    this.limiter = limiter;
    this.counts = counts;
    rule = new PathRule(settings.paths(), settings.methods());
    parts = KeyPart.parse(LimitPolicy.PREFIX + settings.name() + ".key", settings.key());
  }

  LimitPolicy settings() {
    return settings;
  }

  KeyedRateLimiter<String> limiter() {
    return limiter;
  }

  Counts counts() {
    return counts;
  }

  Stage stage() {
    if (parts.contains(KeyPart.CUSTOM)) {
      return Stage.CUSTOM;
    }
    return parts.stream().allMatch(KeyPart::isKnownEarly) ? Stage.EARLY : Stage.ROUTED;
  }

  boolean matches(RequestFacts facts) {
    return rule.matches(facts.method(), facts.paths());
  }

  /** Returns the key of a request; each part tells its length, so that no two read alike. */
  String key(RequestFacts facts) {
    if (parts.size() == 1) {
      return parts.get(0).value(facts);
    }
    StringBuilder key = new StringBuilder();
    for (KeyPart part : parts) {
      String value = part.value(facts);
      key.append(value.length()).append(':').append(value);
    }
    return key.toString();
  }

  /** Takes a permit and counts the answer. */
  Admission tryAcquire(String key) {
    Admission admission = limiter.tryAcquire(key);
    if (admission.isAdmitted()) {
      counts.granted.increment();
      return admission;
    }
    if (settings.shadow()) {
      counts.wouldDeny.increment();
      return Admission.Admitted.NOW;
    }
    counts.denied.increment();
    return admission;
  }

  /** When a policy can be asked. */
  enum Stage {
    /** Ahead of security, in the filter. */
    EARLY,
    /** With the user and the handler known, in the interceptor. */
    ROUTED,
    /** By the application. */
    CUSTOM
  }
}
