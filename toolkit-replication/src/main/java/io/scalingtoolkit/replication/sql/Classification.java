// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.sql;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/**
 * What the text of a statement says about where it may run. Immutable.
 *
 * @param kind what the statement may do
 * @param hint what a comment in it asks for
 */
public record Classification(StatementKind kind, RouteHint hint) {
  private static final Map<StatementKind, Map<RouteHint, Classification>> SHARED = shared();

  /** Checks that neither is null. */
  public Classification {
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(hint, "hint");
  }

  /** Returns the one shared instance with these values. */
  static Classification of(StatementKind kind, RouteHint hint) {
    return Objects.requireNonNull(Objects.requireNonNull(SHARED.get(kind)).get(hint));
  }

  private static Map<StatementKind, Map<RouteHint, Classification>> shared() {
    Map<StatementKind, Map<RouteHint, Classification>> all = new EnumMap<>(StatementKind.class);
    for (StatementKind kind : StatementKind.values()) {
      Map<RouteHint, Classification> row = new EnumMap<>(RouteHint.class);
      for (RouteHint hint : RouteHint.values()) {
        row.put(hint, new Classification(kind, hint));
      }
      all.put(kind, row);
    }
    return all;
  }
}
