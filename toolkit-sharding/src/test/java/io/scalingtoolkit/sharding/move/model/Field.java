// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move.model;

/**
 * Some bits of a {@link State} that hold a small number. Immutable.
 *
 * @param inHigh whether the bits are in the second word
 * @param shift the place of the lowest bit, 0 to 63
 * @param bits how many, 1 to 30
 */
record Field(boolean inHigh, int shift, int bits) {
  Field {
    if (bits < 1 || bits > 30 || shift < 0 || shift + bits > 64) {
      throw new IllegalArgumentException("no room for " + bits + " bits at " + shift);
    }
  }

  int get(State state) {
    return (int) ((inHigh ? state.high() : state.low()) >>> shift) & ((1 << bits) - 1);
  }

  State set(State state, int value) {
    if (value < 0 || value >= 1 << bits) {
      throw new IllegalArgumentException(value + " needs more than " + bits + " bits");
    }
    long mask = ((1L << bits) - 1) << shift;
    long placed = (long) value << shift;
    return inHigh
        ? new State(state.low(), (state.high() & ~mask) | placed)
        : new State((state.low() & ~mask) | placed, state.high());
  }

  /** Hands out the bits of the two words one after the other. Confined to one thread. */
  static final class Layout {
    private int low;
    private int high;

    Field low(int bits) {
      Field field = new Field(false, low, bits);
      low += bits;
      return field;
    }

    Field high(int bits) {
      Field field = new Field(true, high, bits);
      high += bits;
      return field;
    }

    int lowUsed() {
      return low;
    }

    void skipHighTo(int shift) {
      if (shift < high) {
        throw new IllegalArgumentException("already at " + high);
      }
      high = shift;
    }
  }
}
