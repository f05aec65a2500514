// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scalingtoolkit.core.ratelimit.Admission;
import io.scalingtoolkit.core.ratelimit.Bandwidth;
import io.scalingtoolkit.core.ratelimit.KeyedRateLimiter;
import io.scalingtoolkit.core.ratelimit.RateLimit;
import io.scalingtoolkit.core.ratelimit.RateLimiters;
import io.scalingtoolkit.core.time.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.greenbytes.http.sfv.IntegerItem;
import org.greenbytes.http.sfv.OuterList;
import org.greenbytes.http.sfv.ParseException;
import org.greenbytes.http.sfv.Parser;
import org.greenbytes.http.sfv.StringItem;
import org.junit.jupiter.api.Test;

/** The fields and what they promise, with two parsers of structured fields that are not ours. */
class RateLimitFieldsTest {
  private static final int STATES = 100_000;

  private static LimitPolicy policy(RateLimit limit) {
    return new LimitPolicy("p", limit, List.of("ip"), List.of(), Set.of(), false);
  }

  @Test
  void fields_ofOneBandwidth_areThoseOfTheDraft() {
    ManualClock clock = ManualClock.atEpoch();
    RateLimit limit = RateLimit.of(100).per(Duration.ofMinutes(1));
    KeyedRateLimiter<String> limiter = RateLimiters.keyed(limit, 10, clock.monotonic());
    limiter.tryAcquire("k", 100);

    RateLimitFields fields = RateLimitFields.of(policy(limit), limiter.quotas("k"));

    assertThat(fields).isEqualTo(new RateLimitFields("\"p\";q=100;w=60", "\"p\";r=0;t=1"));
  }

  @Test
  void fields_ofAFullLimit_haveNoWindow() {
    ManualClock clock = ManualClock.atEpoch();
    RateLimit limit = RateLimit.of(10).per(Duration.ofSeconds(1)).burst(25);
    KeyedRateLimiter<String> limiter = RateLimiters.keyed(limit, 10, clock.monotonic());

    assertThat(RateLimitFields.of(policy(limit), limiter.quotas("k")))
        .isEqualTo(new RateLimitFields("\"p\";q=10;w=1;toolkit-burst=25", "\"p\";r=25"));
  }

  @Test
  void fields_ofSeveralBandwidths_areItemsOfTheirOwn() {
    ManualClock clock = ManualClock.atEpoch();
    RateLimit limit =
        RateLimit.of(3).per(Duration.ofMillis(1_500)).and(RateLimit.of(9).per(Duration.ofDays(1)));
    KeyedRateLimiter<String> limiter = RateLimiters.keyed(limit, 10, clock.monotonic());
    limiter.tryAcquire("k");

    assertThat(RateLimitFields.of(policy(limit), limiter.quotas("k")))
        .isEqualTo(
            new RateLimitFields(
                "\"p.1\";q=4;w=2;toolkit-burst=3, \"p.2\";q=9;w=86400",
                "\"p.1\";r=2;t=1, \"p.2\";r=8;t=9600"));
  }

  /** Bar H: no client that waits as it is told is refused, and none waits a second too long. */
  @Test
  void retryAfter_inRandomStates_isEnoughAndNoSecondTooMuch() throws Exception {
    Random random = new Random(20_261_126);
    int refused = 0;
    for (int i = 0; refused < STATES; i++) {
      ManualClock clock = ManualClock.atEpoch();
      RateLimit limit = randomLimit(random);
      KeyedRateLimiter<String> limiter = RateLimiters.keyed(limit, 4, clock.monotonic());
      drain(limiter, limit, random, clock);
      LimitPolicy policy = policy(limit);
      assertParses(policy, RateLimitFields.of(policy, limiter.quotas("k")));
      if (!(limiter.tryAcquire("k") instanceof Admission.Rejected rejected)) {
        continue;
      }
      refused++;
      long seconds = Waits.retryAfterSeconds(rejected.retryAfter());
      long computed = Waits.nanosUntilOne(limiter.quotas("k"));
      assertParses(policy, RateLimitFields.refused(policy, rejected.retryAfter()));
      String retryAfter = Long.toString(seconds);
      assertThat(((IntegerItem) new Parser(retryAfter).parseItem()).getAsLong()).isEqualTo(seconds);
      assertThat(TomcatStructuredFields.parseItem(retryAfter)).isEqualTo(seconds);

      // Neither what the limiter says nor what is reckoned from quotas is a second too long, …
      double rounding = 2 + 1e-7 * Duration.ofDays(300).toNanos();
      assertThat((double) (computed - rejected.retryAfter().toNanos()))
          .as("%s", limit)
          .isBetween(0.0, rounding);
      assertThat(Duration.ofSeconds(seconds).minus(rejected.retryAfter()))
          .as("%s", limit)
          .isLessThan(Duration.ofSeconds(1));
      clock.advance(rejected.retryAfter().minusNanos(1));
      assertThat(limiter.tryAcquire("k").isAdmitted()).as("%s, too early", limit).isFalse();
      // … and both are enough.
      clock.advance(Duration.ofSeconds(seconds).minus(rejected.retryAfter()).plusNanos(1));
      assertThat(limiter.tryAcquire("k").isAdmitted()).as("%s after %d", limit, i).isTrue();
    }
  }

  private static void drain(
      KeyedRateLimiter<String> limiter, RateLimit limit, Random random, ManualClock clock) {
    long burst = limit.bandwidths().stream().mapToLong(Bandwidth::burst).min().orElseThrow();
    for (int j = 0; j < 4; j++) {
      limiter.tryAcquire("k", 1 + (long) (random.nextDouble() * (burst - 1)));
      long period = limit.bandwidths().get(0).period().toNanos();
      if (random.nextBoolean()) {
        clock.advance(Duration.ofNanos((long) (random.nextDouble() * period)));
      }
    }
    long left = limiter.quotas("k").stream().mapToLong(quota -> quota.remaining()).min().orElse(0);
    if (left > 0) {
      limiter.tryAcquire("k", left);
    }
  }

  private static RateLimit randomLimit(Random random) {
    List<Bandwidth> bandwidths = new ArrayList<>();
    int count = 1 + random.nextInt(3);
    while (bandwidths.size() < count) {
      long permits = (long) Math.pow(10, random.nextDouble() * 6);
      Duration period = Duration.ofNanos((long) Math.pow(10, 3 + random.nextDouble() * 11));
      long burst = random.nextBoolean() ? permits : (long) Math.pow(10, random.nextDouble() * 4);
      if (permits <= period.toNanos()
          && (double) burst / permits * period.toNanos() < Duration.ofDays(300).toNanos()) {
        bandwidths.add(new Bandwidth(permits, period, burst));
      }
    }
    return new RateLimit(bandwidths);
  }

  private static void assertParses(LimitPolicy policy, RateLimitFields fields) throws Exception {
    int count = policy.limit().bandwidths().size();
    OuterList policies = new Parser(fields.policy()).parseList();
    assertThat(policies.get()).hasSize(count);
    for (int i = 0; i < count; i++) {
      StringItem item = (StringItem) policies.get().get(i);
      assertThat(item.get()).isEqualTo(RateLimitFields.itemName(policy, i));
      assertThat(number(item, "q")).isPositive();
      assertThat(number(item, "w")).isPositive();
    }
    assertSame(policies, fields.policy());
    if (fields.limit() != null) {
      OuterList limits = new Parser(fields.limit()).parseList();
      assertThat(limits.get()).isNotEmpty();
      assertSame(limits, fields.limit());
      for (Object each : limits.get()) {
        assertThat(number((StringItem) each, "r")).isNotNegative();
        if (((StringItem) each).getParams().containsKey("t")) {
          assertThat(number((StringItem) each, "t")).isPositive();
        }
      }
    }
  }

  /** The other parser finds the same items, and in them the same numbers. */
  private static void assertSame(OuterList expected, String field) throws Exception {
    List<TomcatStructuredFields.Item> items = TomcatStructuredFields.parseList(field);
    assertThat(items).hasSameSizeAs(expected.get());
    for (int i = 0; i < items.size(); i++) {
      StringItem item = (StringItem) expected.get().get(i);
      Map<String, Object> numbers = new HashMap<>();
      item.getParams().forEach((name, value) -> numbers.put(name, number(item, name)));
      assertThat(items.get(i)).isEqualTo(new TomcatStructuredFields.Item(item.get(), numbers));
    }
  }

  @Test
  void parsers_bothRefuseAStringThatDoesNotEnd() {
    String broken = "\"p;r=1";

    assertThatThrownBy(() -> new Parser(broken).parseList()).isInstanceOf(ParseException.class);
    assertThatThrownBy(() -> TomcatStructuredFields.parseList(broken))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static long number(StringItem item, String parameter) {
    return ((IntegerItem) item.getParams().get(parameter)).getAsLong();
  }
}
