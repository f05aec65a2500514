// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.limit;

import io.scalingtoolkit.core.ratelimit.Admission;
import io.scalingtoolkit.core.ratelimit.KeyedRateLimiter;
import io.scalingtoolkit.spring.InvalidPropertyException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The policies in force. A bean of the application; thread-safe.
 *
 * <p>A request is asked for a permit of each policy that it matches. If one of them has none, the
 * request is refused and takes none, except when another request takes the last permit in between;
 * where counts are kept in Redis, the policies ahead of it in the order of their names keep theirs.
 */
public final class LimitPolicies {
  private final LimiterBackend backend;
  private final boolean fields;
  private final Supplier<? extends Collection<LimitPolicy>> configured;
  private final Consumer<LimitPolicies> changed;
  private volatile Map<String, Policy> policies = Map.of();

  /**
   * Creates one with the policies that are configured.
   *
   * @param backend where counts are kept
   * @param fields whether answers tell about limits
   * @param configured reads and checks the policies of the configuration as it is now
   * @param changed told after each change
   */
  LimitPolicies(
      LimiterBackend backend,
      boolean fields,
      Supplier<? extends Collection<LimitPolicy>> configured,
      Consumer<LimitPolicies> changed) {
    this.backend = Objects.requireNonNull(backend, "backend");
    this.fields = fields;
    this.configured = Objects.requireNonNull(configured, "configured");
    this.changed = Objects.requireNonNull(changed, "changed");
    reload();
  }

  /**
   * Reads the configuration again, as the environment of the application has it now, and puts its
   * policies in place of those in force, as {@link #replace} does.
   *
   * @throws IllegalArgumentException if a rule is broken; nothing is changed
   */
  public synchronized void reload() {
    replace(configured.get());
  }

  /**
   * Puts other policies in place of those in force: all of them, or none if two have one name.
   *
   * <p>A policy whose name and key stay keeps its counts: what its keys owe is counted on in
   * permits of the new limit, so that a change gives nobody a second burst. Each policy changes at
   * one instant; a request that is being decided meanwhile may see some changed and others not.
   *
   * @throws InvalidPropertyException if two have the same name; nothing is changed
   */
  public synchronized void replace(Collection<LimitPolicy> next) {
    Map<String, LimitPolicy> named = new LinkedHashMap<>();
    for (LimitPolicy policy : next) {
      if (named.put(policy.name(), policy) != null) {
        throw new InvalidPropertyException(
            LimitPolicy.PREFIX + policy.name(), "must be there once", policy.name());
      }
    }
    Map<String, Policy> before = policies;
    Map<String, Policy> after = new LinkedHashMap<>();
    // New limiters first: should one fail to be made, nothing has changed yet.
    named.values().stream()
        .sorted((a, b) -> a.name().compareTo(b.name()))
        .forEach(policy -> after.put(policy.name(), made(policy, before.get(policy.name()))));
    after.forEach(
        (name, policy) -> {
          if (!policy.limiter().limit().equals(policy.settings().limit())) {
            policy.limiter().setLimit(policy.settings().limit());
          }
        });
    policies = after;
    changed.accept(this);
  }

  private Policy made(LimitPolicy settings, @Nullable Policy before) {
    boolean known = before != null && before.settings().key().equals(settings.key());
    KeyedRateLimiter<String> limiter =
        known && before != null ? before.limiter() : backend.limiter(settings);
    return new Policy(settings, limiter, before == null ? new Policy.Counts() : before.counts());
  }

  /** Returns the policies in force, sorted by name. */
  public List<LimitPolicy> policies() {
    return policies.values().stream().map(Policy::settings).toList();
  }

  /** Tells whether there is a policy of that name and it is switched on. */
  public boolean isInForce(String policy) {
    return policies.containsKey(policy);
  }

  /**
   * Takes a permit of a policy whose key is {@code custom}.
   *
   * @param policy its name
   * @param key whose permit; a long one is kept as its hash
   * @return the answer; always admitted for a policy in shadow mode
   * @throws IllegalArgumentException if there is no policy of that name with such a key
   */
  public Admission tryAcquire(String policy, String key) {
    Policy found = policies.get(policy);
    if (found == null || found.stage() != Policy.Stage.CUSTOM) {
      throw new IllegalArgumentException(
          "policy must be one whose key is custom, was \"" + policy + "\"");
    }
    return found.tryAcquire(KeyPart.bounded(key));
  }

  /** Returns the policies in force and what they have decided, sorted by name. */
  public List<LimitStatus> status() {
    return policies.values().stream().map(p -> LimitStatus.of(p, backend.name())).toList();
  }

  /** Returns what a policy has decided, so that a meter can go on with it. */
  Map<String, Policy.Counts> counts() {
    Map<String, Policy.Counts> counts = new LinkedHashMap<>();
    policies.forEach((name, policy) -> counts.put(name, policy.counts()));
    return counts;
  }

  /** Decides about a request at one stage. */
  Verdict decide(Policy.Stage stage, RequestFacts facts) {
    List<Claim> claims = new ArrayList<>(2);
    for (Policy policy : policies.values()) {
      if (policy.stage() == stage && policy.matches(facts)) {
        String key = policy.key(facts);
        if (policy.settings().shadow()) {
          policy.tryAcquire(key);
        } else {
          claims.add(new Claim(policy, key, false));
        }
      }
    }
    return claims.isEmpty() ? Verdict.NONE : decide(claims);
  }

  private Verdict decide(List<Claim> claims) {
    List<Claim> ordered =
        claims.size() > 1 && backend.quotasAreAtHand() ? doubtful(claims) : claims;
    List<Policy> refusing = new ArrayList<>();
    Duration wait = Duration.ZERO;
    Map<Claim, Duration> waits = new HashMap<>();
    for (Claim claim : ordered) {
      boolean asked = refusing.isEmpty() || claim.isDoubtful();
      if (asked && claim.policy().tryAcquire(claim.key()) instanceof Admission.Rejected rejected) {
        refusing.add(claim.policy());
        waits.put(claim, rejected.retryAfter());
        wait = wait.compareTo(rejected.retryAfter()) < 0 ? rejected.retryAfter() : wait;
      }
    }
    List<RateLimitFields> told = fields ? fields(claims, waits) : List.of();
    return new Verdict(told, refusing.isEmpty() ? null : refusal(wait, refusing));
  }

  /**
   * Puts those that seem to have no permit first, so that a refusal takes none of the others, and
   * tells how long it is until all of them have one.
   */
  private static List<Claim> doubtful(List<Claim> claims) {
    List<Claim> ordered = new ArrayList<>();
    for (Claim claim : claims) {
      if (Waits.nanosUntilOne(claim.policy().limiter().quotas(claim.key())) > 0) {
        ordered.add(0, claim.doubted());
      } else {
        ordered.add(claim);
      }
    }
    return ordered;
  }

  private static Refusal refusal(Duration wait, List<Policy> refusing) {
    return new Refusal(
        429, wait, refusing.stream().map(policy -> policy.settings().name()).toList());
  }

  private List<RateLimitFields> fields(List<Claim> claims, Map<Claim, Duration> refused) {
    List<RateLimitFields> told = new ArrayList<>();
    for (Claim claim : claims) {
      LimitPolicy settings = claim.policy().settings();
      Duration wait = refused.getOrDefault(claim, refused.get(claim.doubted()));
      boolean one = settings.limit().bandwidths().size() == 1;
      if (wait != null && (one || !backend.quotasAreAtHand())) {
        told.add(RateLimitFields.refused(settings, wait));
      } else if (backend.quotasAreAtHand()) {
        told.add(RateLimitFields.of(settings, claim.policy().limiter().quotas(claim.key())));
      } else {
        told.add(RateLimitFields.of(settings));
      }
    }
    return told;
  }

  /** A policy that a request matches, whose permit it would be, and whether it seems to be none. */
  private record Claim(Policy policy, String key, boolean isDoubtful) {
    Claim doubted() {
      return new Claim(policy, key, true);
    }
  }
}
