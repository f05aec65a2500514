// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move.model;

/**
 * One state of a model, packed into two words by {@link Field}s. Immutable.
 *
 * @param low the first 64 bits
 * @param high the other 64 bits
 */
record State(long low, long high) {
  static final State ZERO = new State(0, 0);

  int get(Field field) {
    return field.get(this);
  }

  boolean is(Field field) {
    return field.get(this) != 0;
  }

  State with(Field field, int value) {
    return field.set(this, value);
  }
}
