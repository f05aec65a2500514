// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.sql;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** One line of a table of statements. */
record Case(StatementKind kind, RouteHint hint, String sql) {
  private static final Map<SqlDialect, SqlClassifier> CLASSIFIERS = classifiers();

  static List<Case> read(String file) {
    try (InputStream lines = Case.class.getResourceAsStream(file + ".cases")) {
      return new String(Objects.requireNonNull(lines).readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> line.contains(" | "))
          .filter(line -> !line.startsWith("#"))
          .map(Case::parse)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Case parse(String line) {
    int bar = line.indexOf(" | ");
    String[] words = line.substring(0, bar).split(" ", -1);
    RouteHint hint = words.length > 1 ? RouteHint.valueOf(words[1]) : RouteHint.NONE;
    String sql =
        line.substring(bar + 3)
            .replace('⏎', '\n')
            .replace('␍', '\r')
            .replace('␉', '\t')
            .replace('␀', '\0');
    return new Case(StatementKind.valueOf(words[0]), hint, sql);
  }

  Classification classification() {
    return new Classification(kind, hint);
  }

  Classification classified(SqlDialect dialect) {
    return CLASSIFIERS.get(dialect).classify(sql);
  }

  private static Map<SqlDialect, SqlClassifier> classifiers() {
    Map<SqlDialect, SqlClassifier> all = new EnumMap<>(SqlDialect.class);
    for (SqlDialect dialect : SqlDialect.values()) {
      all.put(dialect, SqlClassifier.builder(dialect).build());
    }
    return all;
  }
}
