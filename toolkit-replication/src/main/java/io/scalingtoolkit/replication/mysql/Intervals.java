// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.mysql;

import java.util.Arrays;

/**
 * A set of transaction numbers from 1 to {@link #MAX_NUMBER}, as ranges; immutable.
 *
 * <p>Cost: {@link #contains} is a binary search, {@link #covers} one search for each range of the
 * other, {@link #union} linear in both.
 */
final class Intervals {
  /** MySQL keeps the end of a range exclusive in a signed 64-bit number. */
  static final long MAX_NUMBER = Long.MAX_VALUE - 1;

  // Invariants: firsts[i] <= lasts[i], and lasts[i] + 1 < firsts[i + 1]: ranges that touch are one
  // range, so equal sets are equal arrays. There is at least one range.
  private final long[] firsts;
  private final long[] lasts;

  private Intervals(long[] firsts, long[] lasts) {
    this.firsts = firsts;
    this.lasts = lasts;
  }

  static Intervals of(long first, long last) {
    if (first < 1 || last < first || last > MAX_NUMBER) {
      throw new IllegalArgumentException(
          "interval must run upwards from 1 or more to at most 2^63-2, was " + first + "-" + last);
    }
    return new Intervals(new long[] {first}, new long[] {last});
  }

  /** Returns the set of ranges that the invariants hold for; the arrays become its own. */
  static Intervals ofSorted(long[] firsts, long[] lasts) {
    return new Intervals(firsts, lasts);
  }

  int count() {
    return firsts.length;
  }

  long first(int index) {
    return firsts[index];
  }

  long last(int index) {
    return lasts[index];
  }

  boolean contains(long first, long last) {
    int at = Arrays.binarySearch(firsts, first);
    int range = at >= 0 ? at : -at - 2;
    return range >= 0 && last <= lasts[range];
  }

  boolean covers(Intervals that) {
    for (int i = 0; i < that.firsts.length; i++) {
      if (!contains(that.firsts[i], that.lasts[i])) {
        return false;
      }
    }
    return true;
  }

  Intervals union(Intervals that) {
    long[] mergedFirsts = new long[firsts.length + that.firsts.length];
    long[] mergedLasts = new long[mergedFirsts.length];
    int count = 0;
    int a = 0;
    int b = 0;
    while (a < firsts.length || b < that.firsts.length) {
      boolean own = b == that.firsts.length || (a < firsts.length && firsts[a] <= that.firsts[b]);
      long first = own ? firsts[a] : that.firsts[b];
      long last = own ? lasts[a++] : that.lasts[b++];
      if (count > 0 && first <= mergedLasts[count - 1] + 1) {
        mergedLasts[count - 1] = Math.max(mergedLasts[count - 1], last);
      } else {
        mergedFirsts[count] = first;
        mergedLasts[count] = last;
        count++;
      }
    }
    return new Intervals(Arrays.copyOf(mergedFirsts, count), Arrays.copyOf(mergedLasts, count));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Intervals that
        && Arrays.equals(firsts, that.firsts)
        && Arrays.equals(lasts, that.lasts);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(firsts) + Arrays.hashCode(lasts);
  }

  /** Returns the ranges as MySQL prints them, such as {@code 1-5:7}. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < firsts.length; i++) {
      text.append(i == 0 ? "" : ":").append(firsts[i]);
      if (lasts[i] != firsts[i]) {
        text.append('-').append(lasts[i]);
      }
    }
    return text.toString();
  }
}
