// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import java.util.List;

/**
 * Where a mover is to stop, once. As text, for another process: {@code none}; {@code step:LABEL};
 * {@code in:STATE}; {@code delay:MILLIS} after the beginning, which does not hold the mover up; or
 * {@code before:LABEL:ROLE:VERB:N} and {@code after:…}, the n-th commit to the source, the target
 * or the control database, of those since a step that have prepared a statement of that verb. A
 * step is outside of transactions, and such a commit is at the end of one.
 *
 * <p>Thread-safe.
 */
final class StopPoint {
  static final String NONE = "none";

  /** Within the copy and the catch-up, and with a transaction open. */
  static final List<String> COMMITS =
      List.of(
          "before:arm.source:source:update:1",
          "before:copy:target:insert:2",
          "after:copy:target:insert:2",
          "after:catch-up:source:select:1",
          "before:catch-up:target:insert:1",
          "after:catch-up:target:insert:1",
          "before:freeze:source:update:1",
          "before:switch:control:update:1",
          "after:switch:control:update:1",
          "before:activate.target:target:update:1",
          "before:purge.source:source:delete:1",
          "after:purge.source:source:delete:1");

  private final String text;
  private final String[] parts;
  private boolean begun;
  private boolean reached;
  private int commits;

  private StopPoint(String text) {
    this.text = text;
    this.parts = text.split(":", -1);
  }

  static StopPoint parse(String text) {
    return new StopPoint(text);
  }

  private boolean is(String kind) {
    return parts[0].equals(kind);
  }

  /** How long until the mover is to be told about; negative if that is no matter of time. */
  long delayMillis() {
    return is("delay") ? Long.parseLong(parts[1]) : -1;
  }

  /** Whether the mover is to stop at this step. */
  synchronized boolean step(String label) {
    begun |= parts.length > 1 && parts[1].equals(label);
    return is("step") && begun && once();
  }

  /** Whether the mover is to stop in this state. */
  synchronized boolean in(MoveState state) {
    return is("in") && parts[1].equals(state.name()) && once();
  }

  /** Whether the mover is to stop before this commit, or after it; asked both times. */
  synchronized boolean commit(String role, String verbs, boolean done) {
    if (!begun || !is(done ? "after" : "before")) {
      return false;
    }
    return parts[2].equals(role)
        && verbs.contains(parts[3])
        && ++commits == Integer.parseInt(parts[4])
        && once();
  }

  private boolean once() {
    boolean first = !reached;
    reached = true;
    return first;
  }

  @Override
  public String toString() {
    return text;
  }
}
