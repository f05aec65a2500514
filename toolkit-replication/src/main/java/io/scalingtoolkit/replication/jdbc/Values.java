// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.jdbc;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The text of option values. */
final class Values {
  private static final Pattern DURATION = Pattern.compile("(?<count>[0-9]{1,9})(?<unit>ms|s|m|h|)");

  private Values() {}

  /** Reads a number with ms, s, m or h behind it; zero needs no unit. */
  static Duration duration(String name, String value) {
    Matcher parts = DURATION.matcher(value);
    if (parts.matches()) {
      long count = Long.parseLong(parts.group("count"));
      Duration unit =
          switch (parts.group("unit")) {
            case "ms" -> Duration.ofMillis(1);
            case "s" -> Duration.ofSeconds(1);
            case "m" -> Duration.ofMinutes(1);
            case "h" -> Duration.ofHours(1);
            default -> Duration.ZERO;
          };
      if (count == 0 || !unit.isZero()) {
        return unit.multipliedBy(count);
      }
    }
    throw new IllegalArgumentException(
        name + " must be a number with ms, s, m or h behind it, was \"" + value + "\"");
  }

  static Duration duration(String name, String value, Duration least, Duration most) {
    Duration duration = duration(name, value);
    if (duration.compareTo(least) < 0 || duration.compareTo(most) > 0) {
      throw new IllegalArgumentException(
          "%s must be %d to %d ms, was \"%s\""
              .formatted(name, least.toMillis(), most.toMillis(), value));
    }
    return duration;
  }

  static int number(String name, String value, int least, int most) {
    try {
      int number = Integer.parseInt(value);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(outOfRange(name, value, least, most), e);
    }
    throw new IllegalArgumentException(outOfRange(name, value, least, most));
  }

  private static String outOfRange(String name, String value, int least, int most) {
    return "%s must be a whole number from %d to %d, was \"%s\""
        .formatted(name, least, most, value);
  }

  static List<String> list(String value) {
    return Arrays.stream(value.split(",")).map(String::strip).filter(s -> !s.isEmpty()).toList();
  }
}
