// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.core.ratelimit.Bandwidth;
import io.scalingtoolkit.core.ratelimit.ExactBucket;
import io.scalingtoolkit.core.ratelimit.RandomLimits;
import io.scalingtoolkit.core.ratelimit.RateLimit;
import io.scalingtoolkit.testkit.redis.RedisExtension;
import io.scalingtoolkit.testkit.redis.RedisReply;
import io.scalingtoolkit.testkit.redis.RedisServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Compares the script, run by a real Redis at times that the test gives, with numbers of any size.
 */
final class ScriptLawsIT {
  @RegisterExtension static final RedisExtension REDIS = RedisExtension.of(RedisServer.builder());

  private static final int LIMITS = Integer.getInteger("laws.redis.limits", 40);
  private static final int CALLS = 25;
  private static final long START_MICROS = 1_764_000_000_000_000L;
  private static final double ERROR = 1e-6;
  private static final String CLOCK = "redis.call('TIME')";

  private long now = START_MICROS;
  private int keys;

  private static String atGivenTime(Script script) {
    assertThat(script.text()).containsOnlyOnce(CLOCK);
    return script.text().replace(CLOCK, "{ARGV[#ARGV - 1], ARGV[#ARGV]}");
  }

  private Reply take(String key, Tariff tariff, long want, long least, long patienceNanos) {
    return take(key, tariff.takeArguments(want, least, patienceNanos, false, new long[0]));
  }

  private Reply take(String key, List<String> arguments) {
    List<Long> numbers = run(Script.TAKE, key, arguments).stream().map(RedisReply::number).toList();
    Reply reply = Reply.of(numbers);
    long ttl = REDIS.server().command("PTTL", key).number();
    if (reply.granted() > 0) {

      for (int i = 0; i < reply.arrivals().length; i++) {
        // Real time goes on meanwhile, by less than the slack.
        assertThat(ttl).isGreaterThan(reply.aheadNanos(i) / 1_000_000);
      }
      REDIS.server().command("PERSIST", key);
    }
    return reply;
  }

  private List<RedisReply> run(Script script, String key, List<String> arguments) {
    List<String> words = new ArrayList<>(List.of("EVAL", atGivenTime(script), "1", key));
    words.addAll(arguments);
    words.add(Long.toString(Math.floorDiv(now, 1_000_000)));
    words.add(Long.toString(Math.floorMod(now, 1_000_000L)));
    return REDIS.server().command(words.toArray(String[]::new)).items();
  }

  private String newKey() {
    now = START_MICROS;
    return "k" + keys++;
  }

  private static List<ExactBucket> exact(RateLimit limit) {
    return limit.bandwidths().stream().map(b -> new ExactBucket(b, -START_MICROS)).toList();
  }

  private long nowNanos() {
    return (now - START_MICROS) * 1_000;
  }

  @Test
  void decision_underAnyLimitAndClock_isNeverMoreThanExact() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < LIMITS; i++) {
      RateLimit limit = RandomLimits.any(random);
      Tariff tariff = new Tariff(limit);
      String key = newKey();
      List<ExactBucket> exact = exact(limit);
      for (int call = 0; call < CALLS; call++) {
        long step = RandomLimits.magnitude(random, 2 * tariff.refillNanos() / 1_000 + 2);
        now += random.nextInt(8) == 0 ? -Math.min(step, 10_000_000) : step;
        long permits = RandomLimits.magnitude(random, tariff.smallestBurst);
        Reply reply = take(key, tariff, permits, permits, 0);
        String what = limit + " at " + now + " for " + permits;
        if (reply.granted() > 0) {
          assertThat(exact).as(what).allMatch(bucket -> bucket.hasRoom(nowNanos(), permits));
          exact.forEach(bucket -> bucket.take(nowNanos(), permits));
        } else {
          double wait =
              exact.stream().mapToDouble(b -> b.waitNanos(nowNanos(), permits)).max().orElse(0);
          assertThat((double) reply.waitNanos())
              .as(what)
              .isBetween(wait * (1 - ERROR), Math.max(0, wait) * (1 + ERROR) + 1_001);
        }
      }
    }
  }

  @Test
  void wait_waitedForExactly_isAlwaysEnoughAndNeverTooMuch() {
    SplittableRandom random = new SplittableRandom(2);
    int refused = 0;
    for (int i = 0; i < LIMITS; i++) {
      RateLimit limit = RandomLimits.any(random);
      Tariff tariff = new Tariff(limit);
      String key = newKey();
      for (int call = 0; call < CALLS; call++) {
        now += random.nextInt(1_000);
        long permits = RandomLimits.magnitude(random, tariff.smallestBurst);
        Reply reply = take(key, tariff, permits, permits, 0);
        if (reply.granted() == 0) {
          refused++;
          now += reply.waitNanos() / 1_000 - 1;
          assertThat(take(key, tariff, permits, permits, 0).granted())
              .as("%s early", limit)
              .isZero();
          now += 1;
          assertThat(take(key, tariff, permits, permits, 0).granted())
              .as("%s in time", limit)
              .isEqualTo(permits);
        }
      }
    }
    assertThat(refused).isGreaterThan(LIMITS);
  }

  @Test
  void lease_underAnyLimit_isNeverMoreThanExactAndNotMuchLess() {
    SplittableRandom random = new SplittableRandom(3);
    for (int i = 0; i < LIMITS; i++) {
      RateLimit limit = RandomLimits.any(random);
      Tariff tariff = new Tariff(limit);
      String key = newKey();
      List<ExactBucket> exact = exact(limit);
      for (int call = 0; call < CALLS; call++) {
        now += RandomLimits.magnitude(random, tariff.refillNanos() / 1_000 + 2);
        long want = RandomLimits.magnitude(random, tariff.smallestBurst);
        long granted = take(key, tariff, want, 1, 0).granted();
        String what = limit + " at " + now + " for " + want;
        if (granted > 0) {
          assertThat(exact).as(what).allMatch(bucket -> bucket.hasRoom(nowNanos(), granted));
        }
        long more = granted + 1 + (long) (granted * 1e-9);
        if (more <= want) {
          // Exact room for more would be a permit that nobody gets.
          assertThat(exact).as(what).anyMatch(b -> !b.hasRoom(nowNanos() - 2_000, more));
        }
        if (granted > 0) {
          exact.forEach(bucket -> bucket.take(nowNanos(), granted));
        }
      }
    }
  }

  @Test
  void change_ofTheLimit_keepsWhatWasTakenPermitByPermit() {
    SplittableRandom random = new SplittableRandom(4);
    for (int i = 0; i < 5 * LIMITS; i++) {
      Tariff before = new Tariff(RandomLimits.any(random));
      Tariff after = new Tariff(RandomLimits.any(random));
      String key = newKey();
      long taken = RandomLimits.magnitude(random, before.smallestBurst);
      assertThat(take(key, before, taken, taken, 0).granted()).isEqualTo(taken);
      long left = after.smallestBurst - taken;
      if (left + 1 > 0 && left + 1 <= after.smallestBurst) {
        assertThat(take(key, after, left + 1, left + 1, 0).granted())
            .as("%s to %s", before, after)
            .isZero();
      }
      if (left > 0) {
        // A debt is rounded up as it is converted.
        long rounding = 1_000 + (before.refillNanos() + after.refillNanos()) / 1_000_000_000;
        assertThat(take(key, after, left, left, rounding).granted())
            .as("%s to %s", before, after)
            .isEqualTo(left);
      }
    }
  }

  @Test
  void configs_ofTwoVersionsInTurn_neitherMintNorLoseMuch() {
    Tariff slow = new Tariff(RateLimit.of(7).per(Duration.ofSeconds(1)).burst(20));
    Tariff fast = new Tariff(RateLimit.of(13).per(Duration.ofSeconds(1)).burst(20));
    String key = newKey();
    long granted = 0;
    for (int i = 0; i < 4_000; i++) {
      now += 5_000; // 20 s in all
      granted += take(key, i % 2 == 0 ? slow : fast, 1, 1, 0).granted();
    }
    assertThat(granted).isBetween(20L + 7 * 20 - 1, 20L + 13 * 20);
  }

  @Test
  void clock_ofRedisSetBack_mintsNothingAndLocksNoLongerThanTheStep() {
    Tariff tariff = new Tariff(RateLimit.of(100).per(Duration.ofSeconds(1)));
    String key = newKey();
    assertThat(take(key, tariff, 100, 100, 0).granted()).isEqualTo(100);
    now -= 10_000_000;
    assertThat(take(key, tariff, 1, 1, 0).granted()).isZero();
    now += 10_000_000;
    assertThat(take(key, tariff, 1, 1, 0).granted()).as("set right again").isZero();
    now += 1_000_000 - Duration.ofDays(365).toSeconds() * 1_000_000;
    assertThat(take(key, tariff, 1, 1, 0).granted()).isZero();
    now += 61_000_000;
    assertThat(take(key, tariff, 100, 100, 0).granted()).as("a minute later").isEqualTo(100);
  }

  @Test
  void rates_fromOneADayToABillionASecond_areKeptToOnePartInAMillion() {
    for (Bandwidth bandwidth :
        List.of(
            new Bandwidth(1, Duration.ofDays(1), 3),
            new Bandwidth(1, Duration.ofHours(3), 1),
            new Bandwidth(7, Duration.ofSeconds(1), 7),
            new Bandwidth(999_999_937, Duration.ofSeconds(1), 1_000_000_000),
            new Bandwidth(1_000_000_000, Duration.ofSeconds(1), 1_000_000_000))) {
      Tariff tariff = new Tariff(new RateLimit(List.of(bandwidth)));
      String key = newKey();
      double permits = 0;
      long arrival = now;
      long chunk = Math.max(1, bandwidth.burst() / 3);
      for (int i = 0; i < 100; i++) {
        Reply reply = take(key, tariff, chunk, i % 2 == 0 ? chunk : 1, 0);
        if (reply.granted() == 0) {
          now += reply.waitNanos() / 1_000;
        } else {
          permits += reply.granted();
          arrival = reply.arrivals()[0];
        }
      }
      double exact = permits * bandwidth.period().toNanos() / 1e3 / bandwidth.permits();
      assertThat((double) arrival - START_MICROS)
          .as("%s", bandwidth)
          .isBetween(exact - 1, exact * (1 + ERROR) + 1);
    }
  }

  @Test
  void permits_givenBack_areThereAgainAndNoMore() {
    Tariff tariff = new Tariff(RateLimit.of(10).per(Duration.ofDays(1)));
    String key = newKey();
    Reply reply = take(key, tariff, 6, 6, 0);
    run(Script.GIVE_BACK, key, tariff.giveBackArguments(6, reply.arrivals(), true));
    assertThat(take(key, tariff, 10, 10, 0).granted()).as("all of it").isEqualTo(10);

    String promised = newKey();
    reply = take(promised, tariff, 6, 6, 0);
    take(promised, tariff, 4, 4, 0);
    run(Script.GIVE_BACK, promised, tariff.giveBackArguments(6, reply.arrivals(), true));
    assertThat(take(promised, tariff, 3, 3, 0).granted()).as("less what came later").isZero();
    assertThat(take(promised, tariff, 2, 2, 0).granted()).isEqualTo(2);
    run(Script.GIVE_BACK, promised, tariff.giveBackArguments(3, reply.arrivals(), false));
    assertThat(take(promised, tariff, 4, 4, 0).granted()).as("of a lease").isZero();
    assertThat(take(promised, tariff, 3, 3, 0).granted()).isEqualTo(3);
  }

  private record Turn(long dueNanos, long permits, long[] taken) {}

  @Test
  void turns_ofWhichSomeAreGivenUp_areNeverMoreThanBurstAndRateInAnySpan() {
    SplittableRandom random = new SplittableRandom(5);
    long givenUp = 0;
    for (int i = 0; i < LIMITS; i++) {
      RateLimit limit = RateLimit.of(1_000).per(Duration.ofSeconds(1)).burst(random.nextInt(1, 20));
      Tariff tariff = new Tariff(limit);
      String key = newKey();
      List<Turn> turns = new ArrayList<>();
      for (int call = 0; call < 4 * CALLS; call++) {
        now += random.nextInt(3_000);
        List<Turn> ahead = turns.stream().filter(turn -> turn.dueNanos() > nowNanos()).toList();
        if (!ahead.isEmpty() && random.nextInt(3) == 0) {
          Turn turn = ahead.get(random.nextInt(ahead.size()));
          turns.remove(turn);
          givenUp++;
          run(Script.GIVE_BACK, key, tariff.giveBackArguments(turn.permits(), turn.taken(), true));
        } else {
          long permits = random.nextLong(1, tariff.smallestBurst + 1);
          Reply reply = take(key, tariff, permits, permits, 50_000_000);
          if (reply.granted() > 0) {
            turns.add(new Turn(nowNanos() + reply.waitNanos(), permits, reply.arrivals()));
          }
        }
      }
      turns.sort(Comparator.comparingLong(Turn::dueNanos));
      ExactBucket exact = exact(limit).get(0);
      for (Turn turn : turns) {
        assertThat(exact.hasRoom(turn.dueNanos(), turn.permits())).as("%s", limit).isTrue();
        exact.take(turn.dueNanos(), turn.permits());
      }
    }
    assertThat(givenUp).isGreaterThan(LIMITS);
  }

  @Test
  void permits_givenBackAfterTheyCameBackByThemselves_areNotThereTwice() {
    Tariff tariff = new Tariff(RateLimit.of(10).per(Duration.ofSeconds(10)));
    String key = newKey();
    Reply reply = take(key, tariff, 4, 4, 0);
    now += 3_000_000;
    take(key, tariff, 9, 9, 0);
    run(Script.GIVE_BACK, key, tariff.giveBackArguments(4, reply.arrivals(), false));
    assertThat(take(key, tariff, 2, 2, 0).granted()).isZero();
    assertThat(take(key, tariff, 1, 1, 0).granted()).as("whose place was ahead").isEqualTo(1);
    now += 5_000_000;
    take(key, tariff, 5, 5, 0);
    run(Script.GIVE_BACK, key, tariff.giveBackArguments(4, reply.arrivals(), false));
    assertThat(take(key, tariff, 1, 1, 0).granted()).isZero();
  }

  @Test
  void floor_ofAKeyThatIsAbsent_isWhatItOwes() {
    Tariff tariff = new Tariff(RateLimit.of(10).per(Duration.ofSeconds(10)));
    long[] fiveOwed = {Duration.ofSeconds(5).toNanos()};
    String key = newKey();
    assertThat(take(key, tariff.takeArguments(6, 6, 0, false, fiveOwed)).granted()).isZero();
    assertThat(take(key, tariff.takeArguments(5, 5, 0, false, fiveOwed)).granted()).isEqualTo(5);
    String present = newKey();
    take(present, tariff, 1, 1, 0);
    assertThat(take(present, tariff.takeArguments(6, 6, 0, true, fiveOwed)).granted()).isZero();
    assertThat(take(present, tariff.takeArguments(5, 5, 0, false, fiveOwed)).granted())
        .isEqualTo(5);
  }
}
