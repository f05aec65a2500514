// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.sql;

import java.lang.invoke.VarHandle;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides from the text of a statement whether it may run on a read replica in autocommit.
 *
 * <p>When to use: before each statement outside of a transaction, to choose a node. Whatever is not
 * known to read only is {@link StatementKind#UNCERTAIN} or stronger and belongs on the primary. The
 * text is split into words as the dialect's server would, and not parsed; no regular expression is
 * involved.
 *
 * <p>Give a {@link FunctionCatalog} where you can. Without one, a function of the application that
 * bears the name of a built-in one is taken for it, and views are taken for tables. What even then
 * the text does not show: functions behind operators, casts, domains, and behind functions that the
 * server calls stable. A replica refuses most writes that hide there; tell {@link #learnWrite} and
 * run the statement on the primary. A hidden call that only takes an advisory lock or changes a
 * setting is refused by nobody: name such functions and relations with {@link Builder#denyFunction}
 * and {@link Builder#denyRelation}.
 *
 * <p>Assumed: PostgreSQL runs with {@code standard_conforming_strings} on (a catalogue notices if
 * not). Where the reading depends on {@code sql_mode} of MariaDB or MySQL, the answer is {@link
 * StatementKind#UNCERTAIN}. Session state that a statement depends on, such as temporary tables, is
 * not known here: after {@link StatementKind#SESSION} the connection must stay. Answers that belong
 * to one server or one session ({@code version()}, {@code pg_stat_activity}, {@code @@server_id},
 * {@code last_insert_id()}, settings) are uncertain too; a random or a current value is not.
 *
 * <p>A hint is reported and changes no kind; see {@link RouteHint}.
 *
 * <p>Cost is linear in the length of the text, for at most {@value #MAX_LEXED} characters; longer
 * ones are uncertain. The cache holds at most its size of statements of at most {@value
 * #MAX_CACHED} characters, and refers to the strings it was given. Thread-safe; nothing blocks,
 * except learning, for microseconds.
 */
public final class SqlClassifier {
  private static final int MAX_LEXED = 1 << 20;
  private static final int MAX_CACHED = 1 << 13;
  private static final int DEFAULT_CACHE_SIZE = 2048;
  private static final int MAX_CACHE_SIZE = 1 << 20;

  private static final Classification UNREADABLE =
      Classification.of(StatementKind.UNCERTAIN, RouteHint.NONE);

  private final Vocabulary vocabulary;
  private final ClassificationCache cache;
  private final LearnedWrites learned = new LearnedWrites();

  private SqlClassifier(Vocabulary vocabulary, int cacheSize) {
    this.vocabulary = vocabulary;
    this.cache = new ClassificationCache(cacheSize);
  }

  /** Returns a builder with no catalogue and a cache of {@value #DEFAULT_CACHE_SIZE} statements. */
  public static Builder builder(SqlDialect dialect) {
    return new Builder(dialect);
  }

  /**
   * Classifies a statement as it is given to the driver, with placeholders and JDBC escapes.
   *
   * <p>An empty text and one with several statements is never {@link StatementKind#READ}.
   *
   * @return one of a few shared instances
   */
  public Classification classify(String sql) {
    Classification cached = cache.get(sql);
    return cached != null ? cached : lex(sql);
  }

  private Classification lex(String sql) {
    if (isUnreadable(sql)) {
      return UNREADABLE;
    }
    Lexer lexer = new Lexer(sql, vocabulary);
    StatementKind kind = new StatementScanner(lexer, vocabulary).scan();
    Classification found = Classification.of(kind, lexer.hint());
    return keep(sql, lexer.shape(), withLearned(lexer.shape(), found));
  }

  /** Caches what was found, unless the shape has been learned meanwhile. */
  Classification keep(String sql, long shape, Classification found) {
    if (sql.length() > MAX_CACHED) {
      return found;
    }
    cache.put(sql, shape, found);
    // Pairs with the fence in learnWrite: this thread sees the shape, or that one the entry.
    VarHandle.fullFence();
    Classification now = withLearned(shape, found);
    if (!now.equals(found)) {
      cache.remove(shape);
    }
    return now;
  }

  private Classification withLearned(long shape, Classification found) {
    boolean weaker = found.kind().compareTo(StatementKind.WRITE) < 0;
    return weaker && learned.contains(shape)
        ? Classification.of(StatementKind.WRITE, found.hint())
        : found;
  }

  private static boolean isUnreadable(String sql) {
    return sql.length() > MAX_LEXED || sql.indexOf('\0') >= 0;
  }

  /**
   * Remembers that a replica refused this statement: from now on it is at least {@link
   * StatementKind#WRITE}, and so is every statement that differs from it in literals, blanks,
   * comments and case only. Also for a table that a standby cannot read because it is unlogged.
   *
   * <p>Memory is bounded: about 65,000 shapes, of which the oldest are forgotten. It outlives the
   * entries of the cache.
   */
  public void learnWrite(String sql) {
    if (isUnreadable(sql)) {
      return;
    }
    long shape = shape(sql);
    learned.add(shape);
    VarHandle.fullFence();
    cache.remove(shape);
  }

  long shape(String sql) {
    Lexer lexer = new Lexer(sql, vocabulary);
    while (lexer.next() != Lexer.END) {
      // Only the shape is of interest.
    }
    return lexer.shape();
  }

  /** Settings of a {@link SqlClassifier}. Confined. */
  public static final class Builder {
    private final SqlDialect dialect;
    private final Set<String> allowed = new LinkedHashSet<>();
    private final Set<String> denied = new LinkedHashSet<>();
    private final Set<String> deniedRelations = new LinkedHashSet<>();
    private @Nullable FunctionCatalog catalog;
    private int cacheSize = DEFAULT_CACHE_SIZE;

    private Builder(SqlDialect dialect) {
      this.dialect = Objects.requireNonNull(dialect, "dialect");
    }

    /**
     * Uses what the server knows of its functions and views; without it, only the built-in names
     * are known, and the functions of applications are uncertain.
     *
     * @throws IllegalArgumentException if it was loaded for another dialect
     */
    public Builder catalog(FunctionCatalog catalog) {
      if (catalog.dialect() != dialect) {
        throw new IllegalArgumentException(
            "catalog must be of dialect " + dialect + ": " + catalog.dialect());
      }
      this.catalog = catalog;
      return this;
    }

    /**
     * Vouches for every function of this name, in whatever schema: it reads only, and its answer on
     * a replica will do. It outranks the built-in names and the catalogue.
     *
     * @param name without schema and quotes, in any case
     * @throws IllegalArgumentException if the name is empty or has blanks, dots or quotes
     */
    public Builder allowFunction(String name) {
      allowed.add(checked("allowFunction", name));
      return this;
    }

    /**
     * Makes every call of a function of this name uncertain. It outranks {@link #allowFunction}.
     *
     * @param name without schema and quotes, in any case
     * @throws IllegalArgumentException if the name is empty or has blanks, dots or quotes
     */
    public Builder denyFunction(String name) {
      denied.add(checked("denyFunction", name));
      return this;
    }

    /**
     * Makes every statement uncertain that mentions this view or table.
     *
     * @param name without schema and quotes, in any case
     * @throws IllegalArgumentException if the name is empty or has blanks, dots or quotes
     */
    public Builder denyRelation(String name) {
      deniedRelations.add(checked("denyRelation", name));
      return this;
    }

    /**
     * Sets how many statements are remembered, rounded up to a power of two.
     *
     * @throws IllegalArgumentException if it is negative or more than {@value #MAX_CACHE_SIZE}
     */
    public Builder cacheSize(int statements) {
      if (statements < 0 || statements > MAX_CACHE_SIZE) {
        throw new IllegalArgumentException(
            "cacheSize must be 0 to " + MAX_CACHE_SIZE + ": " + statements);
      }
      cacheSize = statements;
      return this;
    }

    private static String checked(String setting, String name) {
      boolean simple =
          !name.isEmpty()
              && name.chars().noneMatch(c -> c <= ' ' || c == '.' || c == '"' || c == '`');
      if (!simple) {
        throw new IllegalArgumentException(
            setting + " must be a name without blanks, dots and quotes: \"" + name + "\"");
      }
      return name;
    }

    /** Builds the classifier; the builder may be used again. */
    public SqlClassifier build() {
      return new SqlClassifier(vocabulary(), cacheSize);
    }

    private Vocabulary vocabulary() {
      Vocabulary.Builder words = words();
      if (catalog == null) {
        return words.uncertainNames(deniedRelations).build();
      }
      return catalog.vocabulary(words, allowed, denied, deniedRelations);
    }

    private Vocabulary.Builder words() {
      Vocabulary.Builder words = new Vocabulary.Builder(dialect);
      CommonWords.addTo(words);
      if (dialect.isMySqlFamily()) {
        MySqlWords.addTo(words, dialect);
      } else {
        PostgresWords.addTo(words);
      }
      if (catalog == null) {
        allowed.forEach(words::allow);
        denied.forEach(words::deny);
      }
      return words;
    }
  }
}
