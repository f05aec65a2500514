// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.core.ratelimit.ExactBucket;
import io.scalingtoolkit.core.ratelimit.RateLimit;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What may be spent of a lease, and when. */
final class LeaseTest {
  private static final long SECOND = 1_000_000_000L;

  // A Redis of one key and one bandwidth: its arrival time.
  private long arrivalMicros;

  /** Grants as the script does: what there is room for, up to what is wanted. */
  private Reply grant(Tariff tariff, long want, long nowMicros) {
    long base = Math.max(arrivalMicros, nowMicros);
    double permit = tariff.nanosPerPermit(0) / 1_000;
    long room = (long) ((tariff.burstNanos(0) / 1_000 - (base - nowMicros)) / permit);
    long granted = Math.max(0, Math.min(want, room));
    if (granted > 0) {
      arrivalMicros = base + (long) Math.ceil(granted * permit);
    }
    return new Reply(granted, 0, nowMicros, false, new long[] {arrivalMicros});
  }

  @Test
  void permits_ofSeveralProcessesSpentLate_areNeverMoreThanBurstAndRateInAnySpan() {
    SplittableRandom random = new SplittableRandom(1);
    long spent = 0;
    for (int run = 0; run < 300; run++) {
      RateLimit limit =
          RateLimit.of(random.nextInt(10, 2_000))
              .per(Duration.ofSeconds(1))
              .burst(random.nextInt(50, 500));
      Tariff tariff = new Tariff(limit);
      ExactBucket exact = new ExactBucket(limit.bandwidths().get(0), 0);
      Lease[] leases = new Lease[random.nextInt(1, 9)];
      arrivalMicros = 0;
      long now = 0;
      for (int step = 0; step < 500; step++) {
        now += 1_000 * random.nextLong(random.nextInt(20) == 0 ? 400_000 : 4_000);
        int node = random.nextInt(leases.length);
        Lease lease = leases[node];
        if (lease == null || lease.live(now) == 0) {
          long answer = now + 1_000 * random.nextInt(500);
          Reply reply = grant(tariff, random.nextInt(1, 60), answer / 1_000);
          leases[node] = reply.granted() == 0 ? null : new Lease(tariff, reply, now);
          now = answer;
        } else {
          long permits = random.nextLong(1, lease.live(now) + 1);
          assertThat(exact.hasRoom(now + 1_000, permits)).as("%s at %d", limit, now).isTrue();
          assertThat(lease.spend(permits, now)).isTrue();
          exact.take(now, permits);
          spent += permits;
        }
      }
    }
    assertThat(spent).isGreaterThan(100_000);
  }

  @Test
  void lease_keptForLong_isNobodysAnyMore() {
    Tariff tariff = new Tariff(RateLimit.of(100).per(Duration.ofSeconds(1)));
    Lease lease = new Lease(tariff, grant(tariff, 50, 0), 0);
    assertThat(lease.live(0)).isEqualTo(50);
    assertThat(lease.live(SECOND / 4)).isEqualTo(25);
    assertThat(lease.spend(26, SECOND / 4)).isFalse();
    assertThat(lease.spend(20, SECOND / 4)).isTrue();
    assertThat(lease.live(SECOND / 4)).isEqualTo(5);
    assertThat(lease.live(SECOND / 2 - SECOND / 50)).isEqualTo(2);
    assertThat(lease.live(SECOND / 2)).isZero();
  }

  @Test
  void lease_drained_givesItsPermitsOnce() {
    Tariff tariff = new Tariff(RateLimit.of(100).per(Duration.ofSeconds(1)));
    Lease lease = new Lease(tariff, grant(tariff, 50, 0), 0);
    assertThat(lease.spend(10, 0)).isTrue();
    assertThat(lease.drain(0)).isEqualTo(40);
    assertThat(lease.drain(0)).isZero();
    assertThat(lease.spend(1, 0)).isFalse();
  }
}
