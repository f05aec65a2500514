// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.sql;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What one database says of its functions, views and tables: which functions only read, and which
 * relations hide something that does not. Immutable.
 *
 * <p>PostgreSQL: a name is safe if every function of that name, in any schema, is stable or
 * immutable and no aggregate of that name has a volatile part. Suspect are views and row policies
 * that call anything else, also by an operator, and foreign and unlogged tables: the first may
 * write elsewhere, the second cannot be read on a standby.
 *
 * <p>MariaDB and MySQL: every stored and loadable function is uncertain, because no server checks
 * what its author declared. Suspect are views that call one or whose text the user may not see, and
 * tables of engines that do not replicate their rows.
 *
 * <p>It is a picture of the moment it was loaded. Functions made later are unknown and so
 * uncertain, unless they bear the name of a safe one; views made later are taken for tables. Load
 * again and build a new classifier after such changes.
 */
public final class FunctionCatalog {
  private final SqlDialect dialect;
  private final boolean backslashEscapes;
  private final Map<String, Boolean> functions;
  private final Set<String> suspects;
  private final List<Definition> definitions;

  /** A relation and one expression or query that runs when it is read. */
  record Definition(String relation, String sql) {}

  FunctionCatalog(
      SqlDialect dialect,
      boolean backslashEscapes,
      Map<String, Boolean> functions,
      Set<String> suspects,
      List<Definition> definitions) {
    this.dialect = dialect;
    this.backslashEscapes = backslashEscapes;
    this.functions = Map.copyOf(functions);
    this.suspects = Set.copyOf(suspects);
    this.definitions = List.copyOf(definitions);
  }

  /**
   * Reads the catalogue of the connection's database: three to five queries, no write. Any node
   * will do. The connection keeps its state.
   *
   * @throws SQLException as the driver throws it
   */
  public static FunctionCatalog load(Connection connection, SqlDialect dialect)
      throws SQLException {
    return dialect.isMySqlFamily()
        ? MySqlCatalog.load(connection, dialect)
        : PostgresCatalog.load(connection);
  }

  /** Returns the dialect it was loaded for. */
  public SqlDialect dialect() {
    return dialect;
  }

  /** Adds this to the built-in words, then what the application says, then the suspects. */
  Vocabulary vocabulary(
      Vocabulary.Builder words,
      Set<String> allowed,
      Set<String> denied,
      Set<String> deniedRelations) {
    words.catalogued(backslashEscapes);
    functions.forEach(
        (name, safe) -> {
          if (safe) {
            words.safeUnlessKnown(name);
          } else {
            words.unsafeFunction(name);
          }
        });
    allowed.forEach(words::allow);
    denied.forEach(words::deny);
    words.uncertainNames(suspects).uncertainNames(deniedRelations);
    return withViews(words);
  }

  /** A view over a suspect view is suspect: repeats until a round finds no more. */
  private Vocabulary withViews(Vocabulary.Builder words) {
    List<Definition> open = new ArrayList<>(definitions);
    while (true) {
      Vocabulary vocabulary = words.build();
      Set<String> found = new HashSet<>();
      for (Iterator<Definition> rest = open.iterator(); rest.hasNext(); ) {
        Definition definition = rest.next();
        Lexer lexer = new Lexer(definition.sql(), vocabulary);
        if (new StatementScanner(lexer, vocabulary).scan() != StatementKind.READ) {
          found.add(definition.relation());
          rest.remove();
        }
      }
      if (found.isEmpty()) {
        return vocabulary;
      }
      words.uncertainNames(found);
    }
  }

  @Override
  public String toString() {
    return "FunctionCatalog[" + dialect + ", " + functions.size() + " functions]";
  }
}
