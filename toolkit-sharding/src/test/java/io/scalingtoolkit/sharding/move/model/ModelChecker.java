// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move.model;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A breadth-first search through all states of a model. Confined to one thread.
 *
 * <p>The first state that breaks an invariant ends the search, so its trace is a shortest one. When
 * none does, the graph is walked backwards from the ends: a state from which no end can be reached
 * is a violation too.
 */
final class ModelChecker {
  private static final int MOST_STATES = 8_000_000;

  private final Model model;
  private final Map<String, Integer> ends = new TreeMap<>();
  private final Steps steps = new Steps();
  private final BitSet ended = new BitSet();

  // The states by number, in the order in which they were found, and a hash table of the numbers.
  private long[] low = new long[1 << 12];
  private long[] high = new long[1 << 12];
  private int[] parent = new int[1 << 12];
  private int[] table = new int[1 << 14];
  private int count;

  // The steps out of state i are targets[firstTarget[i]] to targets[firstTarget[i + 1] - 1].
  private int[] firstTarget = new int[1 << 12];
  private int[] targets = new int[1 << 14];
  private int targetCount;

  private ModelChecker(Model model) {
    this.model = model;
  }

  static Exploration explore(Model model) {
    return new ModelChecker(model).explore();
  }

  private Exploration explore() {
    add(model.canonical(model.initial()), -1);
    for (int current = 0; current < count; current++) {
      String broken = expand(current);
      if (broken != null) {
        return new Exploration(count, targetCount, ends, broken);
      }
    }
    return new Exploration(count, targetCount, ends, stuck());
  }

  private @Nullable String expand(int current) {
    State state = state(current);
    String violation = model.violation(state);
    if (violation != null) {
      return trace(current, violation);
    }
    String end = model.end(state);
    if (end != null) {
      ends.merge(end, 1, Integer::sum);
      ended.set(current);
    }
    steps.clear();
    model.steps(state, steps);
    for (Steps.Step step : steps.list()) {
      if (step.violation() != null) {
        String last = line(state, step);
        return trace(current, step.violation()) + last;
      }
      target(add(model.canonical(step.next()), current));
    }
    firstTarget[current + 1] = targetCount;
    return null;
  }

  /** Looks for a state from which no end can be reached. */
  private @Nullable String stuck() {
    BitSet open = ended;
    boolean grown = true;
    while (grown) {
      grown = false;
      // A step leads mostly to a state found later, so most of the graph is settled in one pass.
      for (int i = count - 1; i >= 0; i--) {
        if (!open.get(i) && leadsInto(i, open)) {
          open.set(i);
          grown = true;
        }
      }
    }
    int first = open.nextClearBit(0);
    return first < count ? trace(first, "no end can be reached any more") : null;
  }

  private boolean leadsInto(int from, BitSet open) {
    for (int i = firstTarget[from]; i < firstTarget[from + 1]; i++) {
      if (open.get(targets[i])) {
        return true;
      }
    }
    return false;
  }

  private int add(State state, int from) {
    int mask = table.length - 1;
    int slot = hash(state.low(), state.high()) & mask;
    while (table[slot] != 0) {
      int known = table[slot] - 1;
      if (low[known] == state.low() && high[known] == state.high()) {
        return known;
      }
      slot = (slot + 1) & mask;
    }
    if (count == MOST_STATES) {
      throw new IllegalStateException("more than " + MOST_STATES + " states");
    }
    if (count + 1 == low.length) {
      grow();
    }
    low[count] = state.low();
    high[count] = state.high();
    parent[count] = from;
    table[slot] = ++count;
    if (count > table.length / 2) {
      rehash();
    }
    return count - 1;
  }

  private void target(int index) {
    if (targetCount == targets.length) {
      targets = Arrays.copyOf(targets, targets.length * 2);
    }
    targets[targetCount++] = index;
  }

  private void grow() {
    int length = low.length * 2;
    low = Arrays.copyOf(low, length);
    high = Arrays.copyOf(high, length);
    parent = Arrays.copyOf(parent, length);
    firstTarget = Arrays.copyOf(firstTarget, length);
  }

  private void rehash() {
    table = new int[table.length * 2];
    int mask = table.length - 1;
    for (int i = 0; i < count; i++) {
      int slot = hash(low[i], high[i]) & mask;
      while (table[slot] != 0) {
        slot = (slot + 1) & mask;
      }
      table[slot] = i + 1;
    }
  }

  private static int hash(long low, long high) {
    long mixed = (low * 0x9E3779B97F4A7C15L) ^ Long.rotateLeft(high * 0xC2B2AE3D27D4EB4FL, 31);
    mixed ^= mixed >>> 32;
    mixed *= 0xD6E8FEB86659FD93L;
    return (int) (mixed ^ (mixed >>> 32));
  }

  private State state(int index) {
    return new State(low[index], high[index]);
  }

  private String trace(int index, String violation) {
    Deque<String> lines = new ArrayDeque<>();
    for (int at = index; parent[at] >= 0; at = parent[at]) {
      lines.addFirst(line(state(parent[at]), stepBetween(parent[at], at)));
    }
    StringBuilder text = new StringBuilder(violation).append('\n');
    text.append(" ".repeat(54)).append(model.describe(state(0))).append('\n');
    lines.forEach(text::append);
    return text.toString();
  }

  private String line(State from, Steps.Step step) {
    String who = model.actor(from, step.actor()) + ' ' + step.label();
    return String.format("  %-52s%s%n", who, model.describe(model.canonical(step.next())));
  }

  private Steps.Step stepBetween(int from, int to) {
    Steps all = new Steps();
    model.steps(state(from), all);
    return all.list().stream()
        .filter(step -> model.canonical(step.next()).equals(state(to)))
        .findFirst()
        .orElseThrow();
  }
}
