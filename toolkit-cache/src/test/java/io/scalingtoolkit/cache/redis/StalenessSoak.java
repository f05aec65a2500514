// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.scalingtoolkit.testkit.cache.StalenessReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Each fault alone, for as long as asked: {@code ./soak cache}. Runs only if named.
 *
 * <p>System properties: {@code soak.seconds} of each fault, {@code soak.reads} after which it ends
 * sooner, {@code soak.seed}, {@code soak.bound} in milliseconds, {@code soak.only} with the name of
 * a fault.
 */
final class StalenessSoak {
  private static final Logger LOG = LoggerFactory.getLogger(StalenessSoak.class);
  private static final long SECONDS = Long.getLong("soak.seconds", 120);
  private static final long READS = Long.getLong("soak.reads", 10_000_000);
  private static final long SEED = Long.getLong("soak.seed", 1);
  private static final Duration BOUND = Duration.ofMillis(Long.getLong("soak.bound", 3_000));
  private static final String ONLY = System.getProperty("soak.only", "");

  private static final List<String> TABLE = new ArrayList<>();

  @BeforeAll
  static void knowTheFault() {
    assertThat(Arrays.stream(StalenessFault.values()).map(StalenessFault::name))
        .as("soak.only is %s", ONLY)
        .anyMatch(name -> ONLY.isEmpty() || name.equalsIgnoreCase(ONLY));
  }

  @ParameterizedTest
  @EnumSource
  void reads_duringFault_areWithinTheBound(StalenessFault fault) {
    assumeTrue(
        ONLY.isEmpty() || ONLY.equalsIgnoreCase(fault.name()), "soak.only names another fault");
    try (StalenessSite site =
        fault.where == StalenessFault.Where.ONE
            ? StalenessSite.ofOne(BOUND, SEED)
            : StalenessSite.ofCluster(BOUND, SEED)) {
      SplittableRandom random = new SplittableRandom(SEED);
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
      int strikes = 0;
      while (System.nanoTime() < end && site.check().reads() < READS) {
        SharedHistory.pass(Duration.ofMillis(500 + random.nextInt(1_500)));
        fault.strike(site, random);
        strikes++;
      }
      SharedHistory.pass(BOUND);
      StalenessReport report = site.check().finish();
      LOG.info("{}, {} times: {}", fault, strikes, report);
      TABLE.add(row(fault, strikes, report));
      assertThat(report.isClean()).as("%s", report).isTrue();
      assertThat(report.totals().failures()).as("%s", report).isZero();
    }
  }

  private static String row(StalenessFault fault, int strikes, StalenessReport report) {
    return "| %s | %d | %,d | %,d | %,d | %d | %d | %.1f | %.1f | %d | %s |"
        .formatted(
            fault.name().toLowerCase(Locale.ROOT).replace('_', ' '),
            strikes,
            report.totals().reads(),
            report.totals().hits(),
            report.totals().invalidations(),
            report.totals().failures(),
            report.violations(),
            report.lag().p99().toNanos() / 1e6,
            report.lag().max().toNanos() / 1e6,
            report.bound().toMillis(),
            report.isClean() ? "kept" : "BROKEN");
  }

  @AfterAll
  static void print() {
    System.out.println(
        "| fault | times | reads | from memory | invalidations | failures | violations"
            + " | known p99 ms | stalest ms | bound ms | verdict |");
    System.out.println("|---|---|---|---|---|---|---|---|---|---|---|");
    TABLE.forEach(System.out::println);
  }
}
