// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.postgres;

import java.util.Locale;

/**
 * A position in PostgreSQL's write-ahead log, ordered as the log is. Immutable.
 *
 * @param value bytes since the beginning of the log, never negative
 */
public record Lsn(long value) implements Comparable<Lsn> {
  /** Checks the value. */
  public Lsn {
    if (value < 0) {
      throw new IllegalArgumentException("value must not be negative; got " + value);
    }
  }

  /**
   * Reads the form that PostgreSQL writes: two hexadecimal numbers, for example {@code 0/3000148}.
   *
   * @throws IllegalArgumentException if the text has another form
   */
  public static Lsn parse(String text) {
    if (!text.matches("[0-9A-Fa-f]{1,8}/[0-9A-Fa-f]{1,8}")) {
      throw new IllegalArgumentException("an LSN must look like 0/3000148; got '" + text + "'");
    }
    int slash = text.indexOf('/');
    long high = Long.parseLong(text.substring(0, slash), 16);
    long low = Long.parseLong(text.substring(slash + 1), 16);
    return new Lsn(high << 32 | low);
  }

  @Override
  public int compareTo(Lsn other) {
    return Long.compare(value, other.value);
  }

  /** Returns the form that PostgreSQL reads and writes. */
  @Override
  public String toString() {
    return Long.toHexString(value >>> 32).toUpperCase(Locale.ROOT)
        + "/"
        + Long.toHexString(value & 0xFFFF_FFFFL).toUpperCase(Locale.ROOT);
  }
}
