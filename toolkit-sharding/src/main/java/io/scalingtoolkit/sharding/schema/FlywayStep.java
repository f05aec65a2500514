// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.schema;

import java.sql.SQLException;
import java.util.Objects;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.configuration.FluentConfiguration;

/**
 * A migration by Flyway, which keeps a history of its own in each shard.
 *
 * <p>The journal of {@link ShardSchema} knows it by the name it is run under: with new migrations
 * take a new name, such as the version of the application.
 *
 * <p>Immutable. Needs {@code flyway-core}, and Flyway's module for the product.
 */
public final class FlywayStep implements SchemaStep {
  private final Consumer<FluentConfiguration> settings;

  private FlywayStep(Consumer<FluentConfiguration> settings) {
    this.settings = settings;
  }

  /**
   * Migrates with migrations from some places.
   *
   * @param locations as Flyway writes them, for instance {@code classpath:db/migration}
   */
  public static FlywayStep of(String... locations) {
    return of(flyway -> flyway.locations(locations));
  }

  /**
   * Migrates as set.
   *
   * @param settings called for each shard, with its data source set already
   */
  public static FlywayStep of(Consumer<FluentConfiguration> settings) {
    return new FlywayStep(Objects.requireNonNull(settings, "settings"));
  }

  @Override
  public void run(String shard, DataSource database) throws SQLException {
    FluentConfiguration configuration = Flyway.configure().dataSource(database);
    settings.accept(configuration);
    try {
      configuration.load().migrate();
    } catch (FlywayException e) {
      throw new SQLException(e.getMessage(), "TK012", e);
    }
  }
}
