// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.mysql;

import io.scalingtoolkit.core.consistency.Position;
import io.scalingtoolkit.core.consistency.PositionType;
import io.scalingtoolkit.replication.internal.PayloadReader;
import io.scalingtoolkit.replication.internal.PayloadWriter;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How far a MariaDB server has got: for each replication domain the highest sequence number.
 *
 * <p>MariaDB writes a position as global transaction ids {@code domain-server-sequence}, one for
 * each domain, such as {@code 0-10241-5,1-3-77}. The server id is read and dropped. That is right
 * where sequence numbers grow in every domain whoever writes: one primary at a time for a domain,
 * and {@code gtid_strict_mode=ON}, with which a server refuses a transaction whose number is not
 * higher than all before it in its domain. Where two servers write to one domain at once, or where
 * a failover drops transactions and the new primary gives their numbers out again, two different
 * transactions share a number and this class takes them for one; whoever decides on a failover has
 * to discard the positions of the old primary.
 *
 * <p>A position of no domain stands for nothing: every position of this class covers it. A merge of
 * more than {@value #MAX_DOMAINS} domains is {@link Position#unresolved()}. Domains and sequence
 * numbers are unsigned. Immutable.
 */
public final class MariaDbPosition implements Position {
  /** The most domains one position has. */
  public static final int MAX_DOMAINS = 64;

  private static final String TAG = "maria";
  private static final long MAX_DOMAIN = 0xffff_ffffL;
  private static final MariaDbPosition EMPTY = new MariaDbPosition(new long[0], new long[0]);

  // Invariants: domains ascend strictly, are 0 to MAX_DOMAIN and at most MAX_DOMAINS; sequences[i]
  // belongs to domains[i] and is not 0. A domain at 0 has no transaction and is left out, so that
  // equal requirements are equal objects. The number of domains only grows under merge, so all
  // that lies past the bound is closed upwards and one top element in its place keeps the laws.
  private final long[] domains;
  private final long[] sequences;

  private MariaDbPosition(long[] domains, long[] sequences) {
    this.domains = domains;
    this.sequences = sequences;
  }

  /** Returns the position before the first transaction of every domain. */
  public static MariaDbPosition empty() {
    return EMPTY;
  }

  /**
   * Returns the position of one domain.
   *
   * @param domain a domain id, unsigned
   * @param sequence a sequence number, unsigned; 0 gives {@link #empty()}
   */
  public static MariaDbPosition of(int domain, long sequence) {
    return sequence == 0
        ? EMPTY
        : new MariaDbPosition(new long[] {Integer.toUnsignedLong(domain)}, new long[] {sequence});
  }

  /**
   * Reads what MariaDB has in its variables {@code last_gtid}, {@code gtid_slave_pos}, {@code
   * gtid_binlog_pos} and {@code gtid_current_pos}: ids between commas, or the empty text.
   *
   * <p>Blanks and line ends around an id are ignored. Of several ids of one domain the highest
   * sequence number counts.
   *
   * @throws IllegalArgumentException if {@code text} is anything else or has more than {@value
   *     #MAX_DOMAINS} domains
   */
  public static MariaDbPosition parse(String text) {
    Objects.requireNonNull(text, "text");
    TreeMap<Long, Long> byDomain = new TreeMap<>();
    if (!text.isBlank()) {
      for (String id : text.split(",", -1)) {
        addId(id.strip(), text, byDomain);
      }
    }
    if (byDomain.size() > MAX_DOMAINS) {
      throw new IllegalArgumentException(
          "MariaDB position must have at most " + MAX_DOMAINS + " domains, has " + byDomain.size());
    }
    return ofAll(byDomain);
  }

  private static void addId(String id, String text, Map<Long, Long> byDomain) {
    String[] parts = id.split("-", -1);
    try {
      if (parts.length == 3) {
        long domain = Integer.toUnsignedLong(Integer.parseUnsignedInt(digits(parts[0])));
        Integer.parseUnsignedInt(digits(parts[1]));
        long sequence = Long.parseUnsignedLong(digits(parts[2]));
        if (sequence != 0) {
          byDomain.merge(domain, sequence, MariaDbPosition::later);
        }
        return;
      }
    } catch (NumberFormatException e) {
      throw refused(text, e);
    }
    throw refused(text, null);
  }

  private static IllegalArgumentException refused(
      String text, @Nullable NumberFormatException cause) {
    return new IllegalArgumentException(
        "MariaDB position must be ids such as 0-10241-5 between commas, was \"" + text + "\"",
        cause);
  }

  /** Returns {@code part} unless it starts with a sign, which the parser for numbers would take. */
  private static String digits(String part) {
    if (part.startsWith("+")) {
      throw new NumberFormatException(part);
    }
    return part;
  }

  private static long later(long a, long b) {
    return Long.compareUnsigned(a, b) >= 0 ? a : b;
  }

  private static MariaDbPosition ofAll(SortedMap<Long, Long> byDomain) {
    return new MariaDbPosition(
        byDomain.keySet().stream().mapToLong(Long::longValue).toArray(),
        byDomain.values().stream().mapToLong(Long::longValue).toArray());
  }

  /** Returns the number of domains, 0 to {@value #MAX_DOMAINS}. */
  public int domainCount() {
    return domains.length;
  }

  /** Returns the sequence number of a domain, unsigned, or 0 if the domain is not there. */
  public long sequence(int domain) {
    return sequenceOf(Integer.toUnsignedLong(domain));
  }

  private long sequenceOf(long domain) {
    int at = Arrays.binarySearch(domains, domain);
    return at < 0 ? 0 : sequences[at];
  }

  @Override
  public String typeTag() {
    return TAG;
  }

  @Override
  public Position merge(Position other) {
    if (!(other instanceof MariaDbPosition that)) {
      return Position.unresolved();
    }
    if (covers(that)) {
      return this;
    }
    TreeMap<Long, Long> union = new TreeMap<>();
    for (MariaDbPosition each : new MariaDbPosition[] {this, that}) {
      for (int i = 0; i < each.domains.length; i++) {
        union.merge(each.domains[i], each.sequences[i], MariaDbPosition::later);
      }
    }
    return union.size() > MAX_DOMAINS ? Position.unresolved() : ofAll(union);
  }

  @Override
  public boolean covers(Position other) {
    if (!(other instanceof MariaDbPosition that)) {
      return false;
    }
    for (int i = 0; i < that.domains.length; i++) {
      if (Long.compareUnsigned(sequenceOf(that.domains[i]), that.sequences[i]) < 0) {
        return false;
      }
    }
    return true;
  }

  @Override
  public byte[] encode() {
    PayloadWriter out = new PayloadWriter();
    for (int i = 0; i < domains.length; i++) {
      out.writeNumber(domains[i]);
      out.writeNumber(sequences[i]);
    }
    return out.toBytes();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof MariaDbPosition that
        && Arrays.equals(domains, that.domains)
        && Arrays.equals(sequences, that.sequences);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(domains) + Arrays.hashCode(sequences);
  }

  /** Returns domains and sequence numbers, such as {@code maria 0:5,1:77}. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(TAG);
    for (int i = 0; i < domains.length; i++) {
      text.append(i == 0 ? ' ' : ',')
          .append(domains[i])
          .append(':')
          .append(Long.toUnsignedString(sequences[i]));
    }
    return text.toString();
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
      TreeMap<Long, Long> byDomain = new TreeMap<>();
      while (in.hasMore()) {
        long domain = in.readNumber();
        long sequence = in.readNumber();
        boolean ascends = byDomain.isEmpty() || domain > byDomain.lastKey();
        if (domain < 0
            || domain > MAX_DOMAIN
            || sequence == 0
            || !ascends
            || byDomain.size() == MAX_DOMAINS) {
          return Optional.empty();
        }
        byDomain.put(domain, sequence);
      }
      return in.failed() ? Optional.empty() : Optional.of(ofAll(byDomain));
    }
  }
}
