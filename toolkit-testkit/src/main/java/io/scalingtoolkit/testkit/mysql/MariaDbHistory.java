// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.mysql;

import java.util.HashMap;
import java.util.Map;

/**
 * What a MariaDB server has in its binary log: per domain and server id the last sequence number.
 * Immutable.
 *
 * <p>In strict mode the numbers of a domain only rise, so a server that has a number of another
 * server has all smaller ones of it too. Unlike a position, which has one number per domain, a
 * history tells a server that is merely behind from one that went another way.
 *
 * @param last from {@code domain-server} to the unsigned sequence number
 */
record MariaDbHistory(Map<String, Long> last) {
  MariaDbHistory {
    last = Map.copyOf(last);
  }

  /**
   * Reads the value of {@code gtid_binlog_state}, for example {@code 0-1-100,0-2-150}.
   *
   * @throws IllegalArgumentException if it has another form
   */
  static MariaDbHistory parse(String state) {
    Map<String, Long> last = new HashMap<>();
    for (String gtid : state.isBlank() ? new String[0] : state.strip().split(",", -1)) {
      String[] parts = gtid.strip().split("-", -1);
      if (parts.length != 3) {
        throw new IllegalArgumentException(
            "a GTID must have the form domain-server-sequence; got '" + gtid + "'");
      }
      last.merge(
          parts[0] + "-" + parts[1],
          Long.parseUnsignedLong(parts[2]),
          (a, b) -> Long.compareUnsigned(a, b) >= 0 ? a : b);
    }
    return new MariaDbHistory(last);
  }

  /** Says whether this server has everything that the other one has. */
  boolean covers(MariaDbHistory other) {
    return other.last.entrySet().stream()
        .allMatch(
            entry -> {
              Long mine = last.get(entry.getKey());
              return mine != null && Long.compareUnsigned(mine, entry.getValue()) >= 0;
            });
  }
}
