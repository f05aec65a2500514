// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.scalingtoolkit.core.ratelimit.Admission;
import io.scalingtoolkit.core.ratelimit.RateLimit;
import io.scalingtoolkit.core.time.ManualClock;
import io.scalingtoolkit.spring.InvalidPropertyException;
import io.scalingtoolkit.spring.address.ClientAddresses;
import io.scalingtoolkit.spring.address.ForwardedHeader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.springframework.mock.web.MockHttpServletRequest;

/** What several policies decide together, and what a change of them does. */
class LimitPoliciesTest {
  private static final ClientAddresses ADDRESSES =
      ClientAddresses.trusting("proxies", List.of(), ForwardedHeader.AUTO);

  private final ManualClock clock = ManualClock.atEpoch();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private List<LimitPolicy> configured = List.of();
  private final LimitPolicies policies =
      new LimitPolicies(
          new LocalBackend(1_000, clock.monotonic()),
          true,
          () -> configured,
          new LimitMeters(registry));

  private static LimitPolicy policy(String name, RateLimit limit, String... key) {
    return new LimitPolicy(name, limit, Arrays.asList(key), List.of(), Set.of(), false);
  }

  private static RateLimit perMinute(long permits) {
    return RateLimit.of(permits).per(Duration.ofMinutes(1));
  }

  private Verdict ask(String peer, String... headers) {
    MockHttpServletRequest request = new MockHttpServletRequest("GET", "/x");
    request.setRemoteAddr(peer);
    for (int i = 0; i < headers.length; i += 2) {
      request.addHeader(headers[i], headers[i + 1]);
    }
    return policies.decide(Policy.Stage.EARLY, new RequestFacts(request, ADDRESSES));
  }

  private int granted(String peer, int requests) {
    int granted = 0;
    for (int i = 0; i < requests; i++) {
      granted += ask(peer).refusal() == null ? 1 : 0;
    }
    return granted;
  }

  @Test
  void decide_whenOnePolicyRefuses_takesNoPermitOfTheOthers() {
    policies.replace(
        List.of(policy("a-wide", perMinute(100), "ip"), policy("b-narrow", perMinute(2), "ip")));

    assertThat(granted("192.0.2.1", 50)).isEqualTo(2);

    Verdict last = ask("192.0.2.1");
    assertThat(last.refusal().violatedPolicies()).containsExactly("b-narrow");
    assertThat(last.fields().get(0).limit()).isEqualTo("\"a-wide\";r=98;t=1");
    assertThat(last.fields().get(1).limit()).isEqualTo("\"b-narrow\";r=0;t=30");
  }

  @Test
  void decide_whenSeveralRefuse_tellsTheLongestWait() {
    policies.replace(
        List.of(
            policy("a", RateLimit.of(1).per(Duration.ofSeconds(10)), "ip"),
            policy("b", RateLimit.of(1).per(Duration.ofSeconds(50)), "ip"),
            policy("c", RateLimit.of(1).per(Duration.ofSeconds(30)), "ip")));
    ask("192.0.2.1");

    Refusal refusal = ask("192.0.2.1").refusal();

    assertThat(refusal.retryAfterSeconds()).isEqualTo(50);
    assertThat(refusal.violatedPolicies()).containsExactlyInAnyOrder("a", "b", "c");
    clock.advance(Duration.ofSeconds(50));
    assertThat(ask("192.0.2.1").refusal()).isNull();
  }

  @Test
  void decide_byHeader_countsEachValueAndThoseWithoutByAddress() {
    policies.replace(List.of(policy("key", perMinute(1), "header:X-Api-Key")));

    assertThat(ask("192.0.2.1", "X-Api-Key", "one").refusal()).isNull();
    assertThat(ask("192.0.2.2", "x-api-key", "one").refusal()).isNotNull();
    assertThat(ask("192.0.2.2", "X-Api-Key", "two").refusal()).isNull();
    assertThat(ask("192.0.2.1").refusal()).isNull();
    assertThat(ask("192.0.2.1").refusal()).isNotNull();
    assertThat(ask("192.0.2.1", "X-Api-Key", "192.0.2.1").refusal())
        .as("a key that looks like an address is not that address")
        .isNull();
  }

  @Test
  void decide_bySeveralParts_cannotBeMadeToReadAlike() {
    policies.replace(List.of(policy("both", perMinute(1), "header:A", "header:B")));

    ask("192.0.2.1", "A", "x", "B", "yz");

    assertThat(ask("192.0.2.1", "A", "xy", "B", "z").refusal()).isNull();
    assertThat(ask("192.0.2.1", "A", "x", "B", "yz").refusal()).isNotNull();
  }

  @Test
  void shadow_onlyCounts() {
    policies.replace(
        List.of(new LimitPolicy("s", perMinute(2), List.of("ip"), List.of(), Set.of(), true)));

    assertThat(granted("192.0.2.1", 10)).isEqualTo(10);

    LimitStatus status = policies.status().get(0);
    assertThat(List.of(status.granted(), status.denied(), status.wouldDeny()))
        .containsExactly(2L, 0L, 8L);
    assertThat(ask("192.0.2.1").fields()).isEmpty();
    assertThat(
            registry
                .get("toolkit.limits.requests")
                .tags("policy", "s", "outcome", "would-deny")
                .functionCounter()
                .count())
        .isEqualTo(9);
  }

  @Test
  void replace_ofALimit_keepsWhatIsOwed() {
    policies.replace(List.of(policy("p", perMinute(10), "ip")));
    assertThat(granted("192.0.2.1", 20)).isEqualTo(10);

    policies.replace(List.of(policy("p", perMinute(15), "ip")));
    assertThat(granted("192.0.2.1", 20)).as("10 of the 15 are spent").isEqualTo(5);

    policies.replace(List.of(policy("p", perMinute(10), "ip")));
    policies.replace(List.of(policy("p", perMinute(15), "ip")));
    assertThat(granted("192.0.2.1", 20)).as("to and fro gives nothing").isZero();
  }

  @Test
  void replace_withTwoOfOneName_changesNothing() {
    policies.replace(List.of(policy("p", perMinute(1), "ip")));
    List<LimitPolicy> twice =
        List.of(policy("q", perMinute(5), "ip"), policy("q", perMinute(6), "ip"));

    assertThatThrownBy(() -> policies.replace(twice))
        .isInstanceOf(InvalidPropertyException.class)
        .hasMessage("toolkit.limits.policies.q: must be there once (value: q)");

    assertThat(policies.policies()).extracting(LimitPolicy::name).containsExactly("p");
  }

  @Test
  void reload_thatBreaksARule_changesNothing() {
    policies.replace(List.of(policy("p", perMinute(1), "ip")));
    granted("192.0.2.1", 1);
    LimitPolicies broken = policies;

    configured = List.of(policy("p", perMinute(100), "ip"), policy("p", perMinute(1), "ip"));
    assertThatThrownBy(broken::reload).isInstanceOf(InvalidPropertyException.class);

    assertThat(granted("192.0.2.1", 10)).isZero();
  }

  @Test
  void replace_withoutAPolicy_takesItsMetersOut() {
    policies.replace(List.of(policy("p", perMinute(1), "ip"), policy("q", perMinute(1), "ip")));
    policies.replace(List.of(policy("q", perMinute(1), "ip")));

    assertThat(registry.getMeters()).allMatch(meter -> "q".equals(meter.getId().getTag("policy")));
    assertThat(granted("192.0.2.1", 3)).isEqualTo(1);
  }

  @Test
  void tryAcquire_ofACustomPolicy_countsTheKeysOfTheApplication() {
    policies.replace(List.of(policy("account", perMinute(1), "custom")));
    String huge = "x".repeat(100_000);

    assertThat(policies.tryAcquire("account", huge).isAdmitted()).isTrue();
    assertThat(policies.tryAcquire("account", huge)).isInstanceOf(Admission.Rejected.class);
    assertThat(policies.tryAcquire("account", "other").isAdmitted()).isTrue();
    assertThat(granted("192.0.2.1", 3)).as("requests are not asked for it").isEqualTo(3);
  }

  @Test
  void tryAcquire_ofAnotherPolicy_isRefused() {
    policies.replace(List.of(policy("p", perMinute(1), "ip")));

    assertThatThrownBy(() -> policies.tryAcquire("p", "k"))
        .hasMessage("policy must be one whose key is custom, was \"p\"");
    assertThatThrownBy(() -> policies.tryAcquire("none", "k"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** The clock stands still: what is granted in all is what the largest limit lets through. */
  @Test
  void decide_whileLimitsChange_grantsNoMoreThanTheLargest() throws Exception {
    int largest = 500;
    policies.replace(List.of(policy("p", perMinute(largest), "ip")));
    AtomicLong granted = new AtomicLong();
    AtomicBoolean over = new AtomicBoolean();
    CountDownLatch enough = new CountDownLatch(20_000);
    ExecutorService pool = Executors.newFixedThreadPool(4);
    try {
      List<Future<?>> askers = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        askers.add(
            pool.submit(
                () -> {
                  while (!over.get()) {
                    granted.addAndGet(ask("192.0.2.1").refusal() == null ? 1 : 0);
                    enough.countDown();
                  }
                }));
      }
      for (int i = 0; enough.getCount() > 0; i++) {
        policies.replace(List.of(policy("p", perMinute(i % 2 == 0 ? 300 : largest), "ip")));
      }
      over.set(true);
      for (Future<?> asker : askers) {
        asker.get(30, TimeUnit.SECONDS);
      }
    } finally {
      over.set(true);
      pool.shutdownNow();
    }
    assertThat(granted.get()).isBetween(300L, (long) largest);
  }
}
