// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What writers were told.
 *
 * @param customers rows that were acknowledged, as {@link Shop#rows} shows them, by key
 * @param purchases the same
 * @param writes how long each took
 * @param failures what they saw
 * @param refusals how often a shard refused, and the write was done again
 */
record Ledger(
    Map<String, String> customers,
    Map<String, String> purchases,
    List<Written> writes,
    List<String> failures,
    long refusals) {

  /** A write that was acknowledged; nanoseconds of a clock that all processes share. */
  record Written(long startNanos, int slot, long nanos) {
    long endNanos() {
      return startNanos + nanos;
    }

    double millis() {
      return nanos / 1e6;
    }
  }

  /** How the shards differ from what writers were told; a line for each row. */
  record Differences(List<String> lost, List<String> duplicated, List<String> unknown) {
    boolean isEmpty() {
      return lost.isEmpty() && duplicated.isEmpty() && unknown.isEmpty();
    }
  }

  Ledger() {
    this(new TreeMap<>(), new TreeMap<>(), new ArrayList<>(), new ArrayList<>(), 0);
  }

  /** Of this process; its writers have ended. */
  static Ledger of(Buyers buyers, long refusals) {
    return new Ledger(
        buyers.customers(),
        buyers.purchases(),
        buyers.written(),
        buyers.failures().stream().map(Throwable::toString).toList(),
        refusals);
  }

  /** With what another one has. */
  Ledger and(Ledger other) {
    Ledger both = new Ledger();
    for (Ledger each : List.of(this, other)) {
      both.customers.putAll(each.customers);
      both.purchases.putAll(each.purchases);
      both.writes.addAll(each.writes);
      both.failures.addAll(each.failures);
    }
    return new Ledger(
        both.customers, both.purchases, both.writes, both.failures, refusals + other.refusals);
  }

  /** Looks for every row in all shards. */
  Differences compare(MoveSetup setup) throws SQLException {
    Differences found = new Differences(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    compare(customers, "customer", setup, found);
    compare(purchases, "purchase", setup, found);
    return found;
  }

  private static void compare(
      Map<String, String> told, String table, MoveSetup setup, Differences found)
      throws SQLException {
    Map<String, List<String>> rows = Shop.found(table, List.copyOf(setup.databases.values()));
    told.forEach(
        (key, row) -> {
          List<String> there = rows.getOrDefault(key, List.of());
          if (!there.contains(row)) {
            found.lost.add(table + ' ' + row + ", found " + there);
          }
        });
    rows.forEach(
        (key, there) -> {
          if (there.size() > 1) {
            found.duplicated.add(table + ' ' + there);
          }
          if (!told.containsKey(key)) {
            found.unknown.add(table + ' ' + there);
          }
        });
  }

  /** Writes all to a file, for another process. */
  void save(Path file) throws IOException {
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      for (Map.Entry<String, String> each : customers.entrySet()) {
        out.write("customer " + each.getKey() + ' ' + each.getValue() + '\n');
      }
      for (Map.Entry<String, String> each : purchases.entrySet()) {
        out.write("purchase " + each.getKey() + ' ' + each.getValue() + '\n');
      }
      for (Written each : writes) {
        out.write("write " + each.startNanos + ' ' + each.slot + ' ' + each.nanos + '\n');
      }
      for (String each : failures) {
        out.write("failure 1 " + each.replace('\n', ' ') + '\n');
      }
      out.write("refusals " + refusals + " \n");
    }
  }

  /** What {@link #save} wrote. */
  static Ledger load(Path file) throws IOException {
    Ledger ledger = new Ledger();
    long refusals = 0;
    for (String line : Files.readAllLines(file)) {
      String[] parts = line.split(" ", 3);
      switch (parts[0]) {
        case "customer" -> ledger.customers.put(parts[1], parts[2]);
        case "purchase" -> ledger.purchases.put(parts[1], parts[2]);
        case "write" -> {
          String[] numbers = parts[2].split(" ", -1);
          ledger.writes.add(
              new Written(
                  Long.parseLong(parts[1]),
                  Integer.parseInt(numbers[0]),
                  Long.parseLong(numbers[1])));
        }
        case "failure" -> ledger.failures.add(parts[2]);
        case "refusals" -> refusals = Long.parseLong(parts[1]);
        default -> throw new IOException("no line of a ledger: " + line);
      }
    }
    return new Ledger(ledger.customers, ledger.purchases, ledger.writes, ledger.failures, refusals);
  }
}
