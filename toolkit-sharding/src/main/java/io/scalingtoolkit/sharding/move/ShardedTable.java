// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import java.util.Objects;

/**
 * A table whose rows are spread over the shards.
 *
 * <p>Immutable.
 *
 * @param name the table, as the database stores the name, without a schema
 * @param keyColumn the column with the key that decides the slot; not null in the table
 * @param keyType which kind of key the application makes of that column
 * @param slotColumn the integer column with the slot; not null in the table, and set by the
 *     application on insert
 */
public record ShardedTable(String name, String keyColumn, KeyType keyType, String slotColumn) {
  /** The slot column unless told otherwise: {@value}. */
  public static final String SLOT_COLUMN = "slot_id";

  /** Which {@code ShardKey.of} the application calls with the key. */
  public enum KeyType {
    /** {@code of(long)}. */
    INTEGER,
    /** {@code of(String)}. */
    TEXT,
    /** {@code of(UUID)}, whatever type the column has. */
    UUID,
    /** {@code of(byte[])}. */
    BYTES,
    /** {@code ofEncoded(byte[])}: a column of bytes with keys of any type, or composites. */
    ENCODED
  }

  /** Checks that nothing is null or empty. */
  public ShardedTable {
    requireName("name", name);
    requireName("keyColumn", keyColumn);
    requireName("slotColumn", slotColumn);
    Objects.requireNonNull(keyType, "keyType");
  }

  /** A table with the slot in {@value #SLOT_COLUMN}. */
  public static ShardedTable of(String name, String keyColumn, KeyType keyType) {
    return new ShardedTable(name, keyColumn, keyType, SLOT_COLUMN);
  }

  private static void requireName(String what, String value) {
    Objects.requireNonNull(value, what);
    if (value.isBlank()) {
      throw new IllegalArgumentException(what + " must name something, was \"" + value + '"');
    }
  }
}
