// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.mysql;

import io.scalingtoolkit.core.consistency.Position;
import io.scalingtoolkit.core.consistency.PositionType;
import io.scalingtoolkit.replication.internal.PayloadReader;
import io.scalingtoolkit.replication.internal.PayloadWriter;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A GTID set of MySQL: for each source the numbers of the transactions that it stands for.
 *
 * <p>It is compared as a set and never by its highest number, because an applier with several
 * threads and {@code replica_preserve_commit_order=OFF} leaves gaps. What a server has executed and
 * what one commit requires are both such sets, the second mostly of one element. A source is the
 * UUID of a server or group, with a tag on MySQL 8.3 and later.
 *
 * <p>The empty set stands for nothing: every position of this class covers it. A merge of more than
 * {@value #MAX_SOURCES} sources is {@link Position#unresolved()}. The number of gaps has no bound
 * here, because a later merge may fill them; a set whose encoding exceeds 2048 bytes is replaced by
 * the unresolved position where it would leave the process. Immutable.
 */
public final class MySqlPosition implements Position {
  /** The most sources one position has; MySQL itself has no bound. */
  public static final int MAX_SOURCES = 1024;

  private static final String TAG = "mysql";
  private static final MySqlPosition EMPTY = new MySqlPosition(new TreeMap<>());

  private final SortedMap<GtidSource, Intervals> bySource;

  private MySqlPosition(SortedMap<GtidSource, Intervals> bySource) {
    this.bySource = Collections.unmodifiableSortedMap(bySource);
  }

  /** Returns the set of no transaction. */
  public static MySqlPosition empty() {
    return EMPTY;
  }

  /**
   * Returns the set of one transaction without a tag.
   *
   * @param source the UUID of the server or group that committed it
   * @param number its number, from 1 to 2<sup>63</sup>-2
   * @throws IllegalArgumentException if {@code number} is out of range
   */
  public static MySqlPosition of(UUID source, long number) {
    Objects.requireNonNull(source, "source");
    GtidSource key =
        new GtidSource(source.getMostSignificantBits(), source.getLeastSignificantBits(), "");
    return new MySqlPosition(new TreeMap<>(Map.of(key, Intervals.of(number, number))));
  }

  /**
   * Reads what MySQL prints for {@code gtid_executed} and for the GTID of a commit: {@code
   * uuid:1-5:7,uuid:1}, with tags {@code uuid:1-5:tag:1-3}.
   *
   * <p>Blanks and line ends around each part are ignored, so are empty entries; UUIDs and tags may
   * be in any case; intervals may overlap and come in any order.
   *
   * @throws IllegalArgumentException if {@code text} is anything else or has more than {@value
   *     #MAX_SOURCES} sources
   */
  public static MySqlPosition parse(String text) {
    Objects.requireNonNull(text, "text");
    SortedMap<GtidSource, Intervals> bySource = GtidSetText.parse(text);
    if (bySource.size() > MAX_SOURCES) {
      throw new IllegalArgumentException(
          "GTID set must have at most " + MAX_SOURCES + " sources, has " + bySource.size());
    }
    return new MySqlPosition(bySource);
  }

  /** Tells whether this is the set of no transaction. */
  public boolean isEmpty() {
    return bySource.isEmpty();
  }

  @Override
  public String typeTag() {
    return TAG;
  }

  @Override
  public Position merge(Position other) {
    if (!(other instanceof MySqlPosition that)) {
      return Position.unresolved();
    }
    if (covers(that)) {
      return this;
    }
    TreeMap<GtidSource, Intervals> union = new TreeMap<>(bySource);
    that.bySource.forEach((source, set) -> union.merge(source, set, Intervals::union));
    // The number of sources only grows under union, so all unions past the bound can be one top
    // element. The number of intervals shrinks when a gap is filled and cannot be such a bound.
    return union.size() > MAX_SOURCES ? Position.unresolved() : new MySqlPosition(union);
  }

  @Override
  public boolean covers(Position other) {
    if (!(other instanceof MySqlPosition that)) {
      return false;
    }
    for (Map.Entry<GtidSource, Intervals> required : that.bySource.entrySet()) {
      Intervals own = bySource.get(required.getKey());
      if (own == null || !own.covers(required.getValue())) {
        return false;
      }
    }
    return true;
  }

  // A source is its 16 bytes, then twice the number of intervals plus one if a tag follows. Of each
  // interval comes how many numbers were left out before it, above the one that must be, and how
  // many it has above one. So no two arrays stand for one set.
  @Override
  public byte[] encode() {
    PayloadWriter out = new PayloadWriter();
    bySource.forEach(
        (source, set) -> {
          byte[] tag = source.tag().getBytes(StandardCharsets.US_ASCII);
          out.writeLong(source.high());
          out.writeLong(source.low());
          out.writeNumber(2L * set.count() + (tag.length > 0 ? 1 : 0));
          if (tag.length > 0) {
            out.writeNumber(tag.length);
            out.writeBytes(tag);
          }
          long lowest = 1;
          for (int i = 0; i < set.count(); i++) {
            out.writeNumber(set.first(i) - lowest);
            out.writeNumber(set.last(i) - set.first(i));
            lowest = set.last(i) + 2;
          }
        });
    return out.toBytes();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof MySqlPosition that && bySource.equals(that.bySource);
  }

  @Override
  public int hashCode() {
    return bySource.hashCode();
  }

  /** Returns the set as {@link #parse} reads it, such as {@code 3e11fa47-…:1-5:7}. */
  @Override
  public String toString() {
    return bySource.entrySet().stream()
        .map(entry -> entry.getKey() + ":" + entry.getValue())
        .collect(Collectors.joining(","));
  }

  /** Reads the position back; found by the service loader. Immutable. */
  public static final class Type implements PositionType {
    // The least that a source and an interval take; they bound what a claimed number may allocate.
    private static final int MIN_INTERVAL_BYTES = 2;

    /** Returns the type; all instances are alike. */
    public Type() {}

    @Override
    public String tag() {
      return TAG;
    }

    @Override
    public Optional<Position> decode(byte[] payload) {
      PayloadReader in = new PayloadReader(payload);
      TreeMap<GtidSource, Intervals> bySource = new TreeMap<>();
      while (in.hasMore()) {
        long high = in.readLong();
        long low = in.readLong();
        long head = in.readNumber();
        String tag = (head & 1) == 0 ? "" : readTag(in);
        GtidSource source = new GtidSource(high, low, tag);
        Intervals set = readIntervals(in, head >>> 1, payload.length / MIN_INTERVAL_BYTES);
        boolean ascends = bySource.isEmpty() || source.compareTo(bySource.lastKey()) > 0;
        if (set == null || !ascends || bySource.size() == MAX_SOURCES) {
          return Optional.empty();
        }
        bySource.put(source, set);
      }
      return in.failed() ? Optional.empty() : Optional.of(new MySqlPosition(bySource));
    }

    /** Returns a tag, or the empty text after {@code in} has been made to fail. */
    private static String readTag(PayloadReader in) {
      long length = in.readNumber();
      String tag =
          length > GtidSource.MAX_TAG_CHARS
              ? ""
              : new String(in.readBytes(length), StandardCharsets.ISO_8859_1);
      if (!GtidSource.isTag(tag)) {
        in.fail();
        return "";
      }
      return tag;
    }

    private static @Nullable Intervals readIntervals(
        PayloadReader in, long count, int mostPossible) {
      if (in.failed() || count < 1 || count > mostPossible) {
        return null;
      }
      long[] firsts = new long[(int) count];
      long[] lasts = new long[(int) count];
      long lowest = 1;
      for (int i = 0; i < count; i++) {
        long skipped = in.readNumber();
        long more = in.readNumber();
        // Unsigned numbers of 64 bits: a negative one is too large, and so is one past the rest.
        if (in.failed() || skipped < 0 || skipped > Intervals.MAX_NUMBER - lowest) {
          return null;
        }
        firsts[i] = lowest + skipped;
        if (more < 0 || more > Intervals.MAX_NUMBER - firsts[i]) {
          return null;
        }
        lasts[i] = firsts[i] + more;
        lowest = lasts[i] + 2;
      }
      return Intervals.ofSorted(firsts, lasts);
    }
  }
}
