// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.postgres;

import io.scalingtoolkit.core.consistency.Position;
import io.scalingtoolkit.core.consistency.PositionType;
import io.scalingtoolkit.replication.internal.PayloadReader;
import io.scalingtoolkit.replication.internal.PayloadWriter;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/**
 * A place in the write-ahead log of a PostgreSQL cluster: system identifier, timeline and log
 * sequence number (LSN).
 *
 * <p>LSNs compare within one history only. A promotion starts a new timeline, and the new one need
 * not contain all of the old one, so two timelines are unrelated here, as are two clusters: merging
 * them gives {@link Position#unresolved()} and neither covers the other. All three numbers are
 * unsigned. Immutable.
 */
public final class PostgresPosition implements Position {
  private static final String TAG = "pg";
  private static final long MAX_TIMELINE = 0xffff_ffffL;
  private static final long WAL_PAGE_BYTES = 8192;
  // sizeof(XLogPageHeaderData) and sizeof(XLogLongPageHeaderData), aligned to 8 bytes; see
  // src/include/access/xlog_internal.h in the sources of PostgreSQL.
  private static final long PAGE_HEADER_BYTES = 24;
  private static final long SEGMENT_HEADER_BYTES = 40;
  private static final long MIN_SEGMENT_BYTES = 1 << 20;
  private static final long MAX_SEGMENT_BYTES = 1 << 30;

  private final long systemId;
  private final int timeline;
  private final long lsn;

  private PostgresPosition(long systemId, int timeline, long lsn) {
    this.systemId = systemId;
    this.timeline = timeline;
    this.lsn = lsn;
  }

  /**
   * Returns a position.
   *
   * @param systemId what {@code pg_control_system()} calls the system identifier, unsigned
   * @param timeline from 1, unsigned
   * @param lsn a log sequence number, unsigned; see {@link #parseLsn}
   * @throws IllegalArgumentException if {@code timeline} is 0, which PostgreSQL never uses
   */
  public static PostgresPosition of(long systemId, int timeline, long lsn) {
    if (timeline == 0) {
      throw new IllegalArgumentException("timeline must be 1 or more, was 0");
    }
    return new PostgresPosition(systemId, timeline, lsn);
  }

  /**
   * Returns the number that PostgreSQL prints as two hexadecimal halves, such as {@code 0/3000148}.
   *
   * @throws IllegalArgumentException if {@code text} is not two numbers of 1 to 8 hexadecimal
   *     digits with a slash between them
   */
  public static long parseLsn(String text) {
    Objects.requireNonNull(text, "text");
    int slash = text.indexOf('/');
    long high = parseHalf(text, 0, slash);
    long low = parseHalf(text, slash + 1, text.length());
    if (high < 0 || low < 0) {
      throw new IllegalArgumentException(
          "LSN must be two hexadecimal numbers of 1 to 8 digits such as 0/3000148, was \""
              + text
              + "\"");
    }
    return (high << 32) | low;
  }

  /** Returns the value of 1 to 8 hexadecimal digits, or -1. */
  private static long parseHalf(String text, int from, int to) {
    if (to <= from || to - from > 8) {
      return -1;
    }
    long value = 0;
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      int digit = c < 0x80 ? Character.digit(c, 16) : -1;
      if (digit < 0) {
        return -1;
      }
      value = (value << 4) | digit;
    }
    return value;
  }

  /** Returns an LSN as PostgreSQL prints it, such as {@code 0/3000148}. */
  public static String formatLsn(long lsn) {
    return Long.toHexString(lsn >>> 32).toUpperCase(Locale.ROOT)
        + '/'
        + Long.toHexString(lsn & 0xffff_ffffL).toUpperCase(Locale.ROOT);
  }

  /**
   * Returns the end of the log that an insert position stands for.
   *
   * <p>{@code pg_current_wal_insert_lsn()} names where the next record will start. If the last one
   * ended exactly at the end of a page, that is behind the header of the next page, a place that
   * does not exist until something is written there: an idle primary would ask for a position that
   * no replica reaches. No record ends directly behind a header, so such a position is taken back
   * to the start of its page without losing a write. Every other position is returned as it is.
   *
   * @param insertLsn an insert position, for pages of 8 KiB as in every build with default settings
   * @param segmentBytes the setting {@code wal_segment_size}: a power of two from 1 MiB to 1 GiB
   * @throws IllegalArgumentException if {@code segmentBytes} breaks its rule
   */
  public static long withoutPageHeader(long insertLsn, long segmentBytes) {
    if (segmentBytes < MIN_SEGMENT_BYTES
        || segmentBytes > MAX_SEGMENT_BYTES
        || Long.bitCount(segmentBytes) != 1) {
      throw new IllegalArgumentException(
          "WAL segment size must be a power of two from 1 MiB to 1 GiB, was " + segmentBytes);
    }
    long inSegment = insertLsn & (segmentBytes - 1);
    long header = inSegment < WAL_PAGE_BYTES ? SEGMENT_HEADER_BYTES : PAGE_HEADER_BYTES;
    long inPage = insertLsn & (WAL_PAGE_BYTES - 1);
    return inPage == header ? insertLsn - header : insertLsn;
  }

  /** Returns the system identifier of the cluster, unsigned. */
  public long systemId() {
    return systemId;
  }

  /** Returns the timeline, unsigned and not 0. */
  public int timeline() {
    return timeline;
  }

  /** Returns the log sequence number, unsigned. */
  public long lsn() {
    return lsn;
  }

  /** Tells whether both are places in one history, so that their LSNs compare. */
  public boolean sameHistory(PostgresPosition other) {
    return systemId == other.systemId && timeline == other.timeline;
  }

  @Override
  public String typeTag() {
    return TAG;
  }

  @Override
  public Position merge(Position other) {
    if (!(other instanceof PostgresPosition that) || !sameHistory(that)) {
      return Position.unresolved();
    }
    return covers(that) ? this : that;
  }

  @Override
  public boolean covers(Position other) {
    return other instanceof PostgresPosition that
        && sameHistory(that)
        && Long.compareUnsigned(lsn, that.lsn) >= 0;
  }

  @Override
  public byte[] encode() {
    PayloadWriter out = new PayloadWriter();
    out.writeLong(systemId);
    out.writeNumber(Integer.toUnsignedLong(timeline));
    out.writeNumber(lsn);
    return out.toBytes();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PostgresPosition that && sameHistory(that) && lsn == that.lsn;
  }

  @Override
  public int hashCode() {
    return (Long.hashCode(systemId) * 31 + timeline) * 31 + Long.hashCode(lsn);
  }

  /**
   * Returns system identifier, timeline and LSN, such as {@code pg 7312009988001122334/1
   * 0/3000148}.
   */
  @Override
  public String toString() {
    return TAG
        + ' '
        + Long.toUnsignedString(systemId)
        + '/'
        + Integer.toUnsignedString(timeline)
        + ' '
        + formatLsn(lsn);
  }

  /** Reads the position back; found by the service loader. Immutable. */
  public static final class Type implements PositionType {
    /** Returns the type; all instances are alike. */
    public Type() {}

    @Override
    public String tag() {
      return TAG;
    }

    @Override
    public Optional<Position> decode(byte[] payload) {
      PayloadReader in = new PayloadReader(payload);
      long systemId = in.readLong();
      long timeline = in.readNumber();
      long lsn = in.readNumber();
      if (in.failed() || in.hasMore() || timeline < 1 || timeline > MAX_TIMELINE) {
        return Optional.empty();
      }
      return Optional.of(new PostgresPosition(systemId, (int) timeline, lsn));
    }
  }
}
