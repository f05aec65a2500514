// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.schema;

/**
 * A difference between the schema of a shard and that of the canary.
 *
 * <p>Immutable.
 *
 * @param shard the one that differs
 * @param table the table that is not the same
 * @param part what of it: {@code table}, {@code column NAME}, {@code primary key} or {@code index
 *     NAME}
 * @param canary what the canary has; {@code absent} if nothing
 * @param found what this shard has; {@code absent} if nothing
 */
public record SchemaDrift(String shard, String table, String part, String canary, String found) {
  /** One line that says all of it. */
  @Override
  public String toString() {
    return "shard \""
        + shard
        + "\", table \""
        + table
        + "\", "
        + part
        + ": "
        + found
        + "; the canary has "
        + canary;
  }
}
