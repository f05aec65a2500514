// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/**
 * Points in time as the database keeps them: microseconds since 1970-01-01T00:00:00Z in a {@code
 * long}, exact in every engine. Immutable.
 */
public final class Micros {

  private static final DateTimeFormatter FORM =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private Micros() {}

  /**
   * Returns the present.
   *
   * @param clock the injected wall clock
   * @return microseconds since the epoch, rounded down
   */
  public static long now(Clock clock) {
    return ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant());
  }

  /**
   * Converts a length of time.
   *
   * @param duration up to 292,000 years
   * @return microseconds, rounded down
   * @throws ArithmeticException when it does not fit
   */
  public static long of(Duration duration) {
    return Math.addExact(
        Math.multiplyExact(duration.getSeconds(), 1_000_000L), duration.getNano() / 1_000);
  }

  /**
   * Returns the form the API shows.
   *
   * @param micros microseconds since the epoch
   * @return RFC 3339 in UTC with exactly six decimals
   */
  public static String text(long micros) {
    return FORM.format(Instant.EPOCH.plus(micros, ChronoUnit.MICROS));
  }
}
