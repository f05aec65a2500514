// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.check;

import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One read or write of one register by one session. Immutable.
 *
 * <pre>{@code
 * Operation.write(session, key, 8).between(start, end).dependingOn(other, 3);
 * Operation.read(session, key, 7).between(start, end).on("replica 1");
 * }</pre>
 *
 * @param session whose operation it is, from 0
 * @param sequence its place among the recorded operations of its session, from 0 in the order they
 *     were recorded; -1 while it is not recorded
 * @param kind read or write
 * @param key which register, from 0
 * @param version what was written or seen; 0 is the register before its first write
 * @param startNanos when the caller began, on the one monotonic clock of the history
 * @param endNanos when the caller had its answer, not before {@code startNanos}
 * @param outcome what the answer was
 * @param node which server answered, or null if that is not known
 * @param dependsOn what stands beside the version in the row: for a write, what its session had
 *     seen or written of another register before; for a read, what the row had; null for none
 */
public record Operation(
    int session,
    int sequence,
    Kind kind,
    int key,
    int version,
    long startNanos,
    long endNanos,
    Outcome outcome,
    @Nullable String node,
    @Nullable Dependency dependsOn) {
  /** What an operation does. */
  public enum Kind {
    /** Looks at a register. */
    READ,
    /** Gives a register a new, higher version. */
    WRITE
  }

  /** What the session was told about an operation. */
  public enum Outcome {
    /** A read that saw a version, or a write that was acknowledged. */
    OK,
    /** It surely had no effect. */
    FAILED,
    /** A write without an answer, for example after a time-out: it may have happened or not. */
    UNKNOWN
  }

  /**
   * A version of another register. Immutable.
   *
   * @param key the other register, from 0
   * @param version at least 1
   */
  public record Dependency(int key, int version) {
    /** Checks the numbers. */
    public Dependency {
      if (key < 0 || version < 1) {
        throw new IllegalArgumentException(
            "a dependency has a key from 0 and a version from 1; got key "
                + key
                + ", version "
                + version);
      }
    }
  }

  /** Checks what can be checked without the history. */
  public Operation {
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(outcome, "outcome");
    if (session < 0 || key < 0 || version < 0) {
      throw new IllegalArgumentException(
          "session, key and version must not be negative; got %d, %d, %d"
              .formatted(session, key, version));
    }
    if (kind == Kind.WRITE && version == 0) {
      throw new IllegalArgumentException("a write has a version from 1; got 0");
    }
    if (endNanos < startNanos) {
      throw new IllegalArgumentException(
          "endNanos must not lie before startNanos; got %d before %d"
              .formatted(endNanos, startNanos));
    }
    if (dependsOn != null && dependsOn.key == key) {
      throw new IllegalArgumentException("dependsOn must name another key than " + key);
    }
  }

  /** Returns a read that saw a version, at time 0 until {@link #between} says when. */
  public static Operation read(int session, int key, int version) {
    return new Operation(session, -1, Kind.READ, key, version, 0, 0, Outcome.OK, null, null);
  }

  /** Returns an acknowledged write, at time 0 until {@link #between} says when. */
  public static Operation write(int session, int key, int version) {
    return new Operation(session, -1, Kind.WRITE, key, version, 0, 0, Outcome.OK, null, null);
  }

  /** Returns a copy with these times, in nanoseconds of one monotonic clock. */
  public Operation between(long start, long end) {
    return new Operation(
        session, sequence, kind, key, version, start, end, outcome, node, dependsOn);
  }

  /** Returns a copy with this outcome. */
  public Operation with(Outcome newOutcome) {
    return new Operation(
        session, sequence, kind, key, version, startNanos, endNanos, newOutcome, node, dependsOn);
  }

  /** Returns a copy that was answered by this node, or by an unknown one for null. */
  public Operation on(@Nullable String newNode) {
    return new Operation(
        session, sequence, kind, key, version, startNanos, endNanos, outcome, newNode, dependsOn);
  }

  /** Returns a copy with this dependency; version 0 means none. */
  public Operation dependingOn(int otherKey, int otherVersion) {
    return new Operation(
        session,
        sequence,
        kind,
        key,
        version,
        startNanos,
        endNanos,
        outcome,
        node,
        otherVersion == 0 ? null : new Dependency(otherKey, otherVersion));
  }

  boolean isOk() {
    return outcome == Outcome.OK;
  }

  /** Returns one line, times in whole microseconds of the history's clock. */
  @Override
  public String toString() {
    return "session %d #%d %s key %d version %d%s, %d..%d us, %s%s"
        .formatted(
            session,
            sequence,
            kind == Kind.READ ? "read" : "wrote",
            key,
            version,
            dependsOn == null
                ? ""
                : " (after key %d version %d)".formatted(dependsOn.key, dependsOn.version),
            startNanos / 1000,
            endNanos / 1000,
            outcome.name().toLowerCase(Locale.ROOT),
            node == null ? "" : " at " + node);
  }
}
