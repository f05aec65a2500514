// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.testkit.cache.StalenessReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Five processes read and invalidate while one fault after the other happens, in an order that
 * follows from {@code cache.seed}. The long run with each fault alone is {@link StalenessSoak}.
 */
final class StalenessIT {
  private static final Logger LOG = LoggerFactory.getLogger(StalenessIT.class);
  private static final long SEED = Long.getLong("cache.seed", 1);
  private static final Duration BOUND = Duration.ofMillis(600);

  private static void check(List<StalenessFault> all, StalenessSite site) {
    SplittableRandom random = new SplittableRandom(SEED);
    List<StalenessFault> faults = new ArrayList<>(all);
    Collections.shuffle(faults, new Random(SEED));
    for (StalenessFault fault : faults) {
      SharedHistory.pass(Duration.ofMillis(300));
      fault.strike(site, random);
    }
    SharedHistory.pass(BOUND);
    StalenessReport report = site.check().finish();
    LOG.info("{}: {}", faults, report);
    assertThat(report.isClean()).as("%s", report).isTrue();
    assertThat(report.totals().failures()).as("%s", report).isZero();
    assertThat(report.totals().hits()).as("%s", report).isGreaterThan(report.totals().reads() / 2);
  }

  @Test
  void reads_throughTroublesOfOneRedis_areWithinTheBound() {
    try (StalenessSite site = StalenessSite.ofOne(BOUND, SEED)) {
      check(StalenessFault.all(StalenessFault.Where.ONE), site);
    }
  }

  @Test
  void reads_throughTroublesOfACluster_areWithinTheBound() {
    try (StalenessSite site = StalenessSite.ofCluster(BOUND, SEED)) {
      check(StalenessFault.all(StalenessFault.Where.CLUSTER), site);
    }
  }
}
