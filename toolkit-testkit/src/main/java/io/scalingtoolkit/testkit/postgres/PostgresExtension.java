// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.postgres;

import io.scalingtoolkit.testkit.EngineExtension;
import io.scalingtoolkit.testkit.process.EngineHost;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A {@link PostgresCluster} for the tests of a class, registered with {@code @RegisterExtension}.
 *
 * <p>On a static field the cluster serves all tests of the class, and {@link #databasePerTest}
 * gives each an empty database; on an instance field each test has a cluster. See {@link
 * EngineExtension} for the life cycle and the logs of failed tests.
 *
 * <p>Thread-safe for one test at a time: with a database per test, tests must not run concurrently.
 */
public final class PostgresExtension extends EngineExtension<PostgresCluster> {
  private final PostgresCluster.Builder builder;
  private final boolean databasePerTest;

  private volatile @Nullable String database;

  private PostgresExtension(PostgresCluster.Builder builder, boolean databasePerTest) {
    this.builder = builder;
    this.databasePerTest = databasePerTest;
  }

  /** Returns an extension that starts what the builder describes. */
  public static PostgresExtension of(PostgresCluster.Builder builder) {
    return new PostgresExtension(builder, false);
  }

  /**
   * Returns an extension that also creates an empty database before each test, waits until the live
   * replicas have it, and drops it afterwards, unless the primary is dead by then.
   */
  public PostgresExtension databasePerTest() {
    return new PostgresExtension(builder, true);
  }

  /** Returns the database of this test: its own with {@link #databasePerTest}, else postgres. */
  public String database() {
    String own = database;
    if (own != null) {
      return own;
    }
    if (databasePerTest) {
      throw new IllegalStateException("there is a database during a test only");
    }
    return PostgresNode.DEFAULT_DATABASE;
  }

  /** Returns an unpooled source of connections to {@link #database} on the primary. */
  public DataSource dataSource() {
    return dataSource(cluster().primary());
  }

  /** Returns an unpooled source of connections to {@link #database} on a node. */
  public DataSource dataSource(PostgresNode node) {
    return node.dataSource(database());
  }

  @Override
  protected Optional<String> unavailable() {
    return EngineHost.current().unavailable();
  }

  @Override
  protected PostgresCluster start() {
    return builder.start();
  }

  @Override
  protected void beforeTest(PostgresCluster running, ExtensionContext context) {
    if (!databasePerTest) {
      return;
    }
    if (database != null) {
      throw new IllegalStateException(
          "a database per test needs tests that run one after the other; "
              + context.getDisplayName()
              + " runs while another does");
    }
    database = running.createDatabase();
    running.awaitCaughtUp();
  }

  @Override
  protected void afterTest(PostgresCluster running, ExtensionContext context) {
    String own = database;
    database = null;
    if (own != null && running.primary().isAlive()) {
      running.dropDatabase(own);
    }
  }
}
