// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One bar of a benchmark. Immutable.
 *
 * @param value what was measured, null when it was not
 * @param baseline what it is compared with, null when with nothing
 * @param limit what the value must stay under or reach, null when the row only informs
 */
record Row(
    String name,
    @Nullable Double value,
    String unit,
    @Nullable Double baseline,
    @Nullable Limit limit) {

  /** A row that only informs. */
  static Row info(String name, @Nullable Double value, String unit) {
    return new Row(name, value, unit, null, null);
  }

  static Row below(String name, double value, String unit, @Nullable Double base, double limit) {
    return new Row(name, value, unit, base, new Limit("<", limit));
  }

  /** A row whose value may be missing; then the bar has not been run. */
  static Row atMost(
      String name, @Nullable Double value, String unit, @Nullable Double base, double limit) {
    return new Row(name, value, unit, base, new Limit("<=", limit));
  }

  static Row atLeast(String name, double value, String unit, @Nullable Double base, double limit) {
    return new Row(name, value, unit, base, new Limit(">=", limit));
  }

  static Row exactly(String name, double value, String unit, double limit) {
    return new Row(name, value, unit, null, new Limit("=", limit));
  }

  /** Value divided by baseline, null when either is missing or the baseline is 0. */
  @Nullable Double ratio() {
    return value == null || baseline == null || baseline == 0 ? null : value / baseline;
  }

  Verdict verdict() {
    if (value == null) {
      return Verdict.NOT_RUN;
    }
    return limit == null || limit.allows(value) ? Verdict.OK : Verdict.SHORT;
  }

  /** The bound of a bar. */
  record Limit(String relation, double bound) {
    boolean allows(double value) {
      return switch (relation) {
        case "<" -> value < bound;
        case "<=" -> value <= bound;
        case ">=" -> value >= bound;
        case "=" -> value == bound;
        default -> throw new IllegalStateException("unknown relation " + relation);
      };
    }

    @Override
    public String toString() {
      return relation + " " + number(bound);
    }
  }

  /** What a row says about its bar. */
  enum Verdict {
    OK,
    SHORT,
    NOT_RUN;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
  }

  /** Three significant digits or whole numbers, with a dot whatever the locale is. */
  static String number(@Nullable Double value) {
    if (value == null) {
      return "-";
    }
    double size = Math.abs(value);
    if (value == Math.rint(value) && size < 1e15) {
      return String.format(Locale.ROOT, "%.0f", value);
    }
    int decimals = size >= 100 ? 1 : size >= 10 ? 2 : 3;
    return String.format(Locale.ROOT, "%." + decimals + "f", value);
  }
}
