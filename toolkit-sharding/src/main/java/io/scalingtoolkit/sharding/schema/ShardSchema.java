// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.schema;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The schema of all shards: changes it shard by shard, the canary first, and finds where it is not
 * the same.
 *
 * <p>Each change has a name under which the control database keeps a journal. A change that failed
 * or died is done by running it again under the same name: shards that are through are left out. No
 * two processes are at the same change (but with a control database in SQLite, which is for one
 * process).
 *
 * <p>Between the first shard and the last one the shards are not the same, so a change has to suit
 * the application before and after it: add first, remove in a later change.
 *
 * <p>Thread-safe. Methods block on the databases. The data sources must lead to the primaries, and
 * that of the control database has to have two connections.
 */
public final class ShardSchema {
  private static final Logger LOG = LoggerFactory.getLogger(ShardSchema.class);
  private static final int MOST_NAME = 128;

  private final Map<String, DataSource> shards;
  private final SchemaJournal journal;

  private ShardSchema(Builder builder) {
    shards = builder.inOrder();
    journal = new SchemaJournal(builder.control);
  }

  /**
   * Begins to build.
   *
   * @param control the database with the journal; it may be one of the shards
   */
  public static Builder builder(DataSource control) {
    return new Builder(control);
  }

  /** A builder; confined to one thread. */
  public static final class Builder {
    private final DataSource control;
    private final Map<String, DataSource> shards = new LinkedHashMap<>();
    private @Nullable String canary;

    private Builder(DataSource control) {
      this.control = Objects.requireNonNull(control, "control");
    }

    /** Adds a shard; changed in the order of the calls. */
    public Builder shard(String name, DataSource database) {
      if (shards.putIfAbsent(name, Objects.requireNonNull(database, "database")) != null) {
        throw new IllegalArgumentException("shard \"" + name + "\" is given twice");
      }
      return this;
    }

    /** Sets which shard is changed first, and is the one that others are compared with. */
    public Builder canary(String name) {
      canary = Objects.requireNonNull(name, "name");
      return this;
    }

    private Map<String, DataSource> inOrder() {
      if (shards.isEmpty()) {
        throw new IllegalArgumentException("there must be at least one shard");
      }
      Map<String, DataSource> ordered = new LinkedHashMap<>();
      if (canary != null) {
        DataSource first = shards.get(canary);
        if (first == null) {
          throw new IllegalArgumentException(
              "canary must be one of " + shards.keySet() + ", was \"" + canary + '"');
        }
        ordered.put(canary, first);
      }
      shards.forEach(ordered::putIfAbsent);
      return ordered;
    }

    /**
     * Creates the journal where it is missing. The canary is the first shard unless set.
     *
     * @throws SQLException if the control database refuses
     * @throws IllegalArgumentException if there is no shard, or the canary is none
     */
    public ShardSchema build() throws SQLException {
      ShardSchema schema = new ShardSchema(this);
      schema.journal.create();
      return schema;
    }
  }

  /**
   * Runs a change at each shard where it is not done yet.
   *
   * @param name of the change, 1 to 128 characters; another one for another change
   * @return the shards that were changed now, in that order; immutable
   * @throws SQLException of SQLState {@code TK011} if another process is at it; {@code TK012} if a
   *     shard refused, which the message names: shards after it are not changed
   */
  public List<String> run(String name, SchemaStep step) throws SQLException {
    if (name.isBlank() || name.length() > MOST_NAME) {
      throw new IllegalArgumentException(
          "name must have 1 to " + MOST_NAME + " characters, was \"" + name + '"');
    }
    List<String> changed = new ArrayList<>();
    journal.exclusively(
        name,
        lock -> {
          Map<String, SchemaProgress> before = journal.progress(name);
          for (Map.Entry<String, DataSource> shard : shards.entrySet()) {
            if (before.get(shard.getKey()) != SchemaProgress.DONE) {
              change(name, step, shard.getKey(), shard.getValue(), changed);
              changed.add(shard.getKey());
            }
          }
        });
    return List.copyOf(changed);
  }

  private void change(
      String name, SchemaStep step, String shard, DataSource database, List<String> changed)
      throws SQLException {
    journal.note(name, shard, SchemaProgress.RUNNING, "");
    try {
      step.run(shard, database);
    } catch (SQLException | RuntimeException e) {
      SQLException failure =
          new SQLException(
              "step \""
                  + name
                  + "\" failed at shard \""
                  + shard
                  + "\", changed before it are "
                  + changed
                  + ": "
                  + e.getMessage(),
              "TK012",
              e);
      try {
        journal.note(name, shard, SchemaProgress.FAILED, String.valueOf(e.getMessage()));
      } catch (SQLException unnoted) {
        failure.addSuppressed(unnoted);
      }
      throw failure;
    }
    journal.note(name, shard, SchemaProgress.DONE, "");
    LOG.info("Step {} is done at shard {}", name, shard);
  }

  /**
   * How far a change is, by shard; a shard where it has not begun is missing. Immutable.
   *
   * @throws SQLException if the control database does not answer
   */
  public Map<String, SchemaProgress> progress(String name) throws SQLException {
    return Map.copyOf(journal.progress(name));
  }

  /**
   * Compares all tables of each shard with those of the canary: columns with type and whether they
   * may be null, primary key, indexes. Types and indexes are compared between databases of one
   * product only, as products name them differently. Defaults, foreign keys, checks and triggers
   * are not compared.
   *
   * @return the differences, by shard and table; empty if there are none; immutable
   * @throws SQLException if a shard does not answer; the message names it
   */
  public List<SchemaDrift> drift() throws SQLException {
    return drift(Set.of());
  }

  /**
   * As {@link #drift()}, for some tables.
   *
   * @param tables their names as the databases store them; none for all
   */
  public List<SchemaDrift> drift(Set<String> tables) throws SQLException {
    List<SchemaDrift> found = new ArrayList<>();
    SchemaShape canary = null;
    for (Map.Entry<String, DataSource> shard : shards.entrySet()) {
      SchemaShape shape = read(shard.getKey(), shard.getValue());
      if (canary == null) {
        canary = shape;
      }
      Set<String> compared = new TreeSet<>(tables);
      if (tables.isEmpty()) {
        compared.addAll(canary.tables().keySet());
        compared.addAll(shape.tables().keySet());
      }
      for (String table : compared) {
        found.addAll(canary.compare(shape, shard.getKey(), table));
      }
    }
    return List.copyOf(found);
  }

  private static SchemaShape read(String shard, DataSource database) throws SQLException {
    try (Connection connection = database.getConnection()) {
      return SchemaShape.read(connection);
    } catch (SQLException e) {
      throw new SQLException(
          "the schema of shard \"" + shard + "\" cannot be read: " + e.getMessage(), "TK012", e);
    }
  }
}
