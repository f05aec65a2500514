// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.mysql;

import io.scalingtoolkit.testkit.EngineExtension;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * What {@link MariaDbExtension} and {@link MySqlExtension} have in common.
 *
 * <p>On a static field the cluster serves all tests of the class, and {@code databasePerTest} gives
 * each an empty database; on an instance field each test has a cluster. See {@link EngineExtension}
 * for the life cycle and the logs of failed tests.
 *
 * <p>Thread-safe for one test at a time: with a database per test, tests must not run concurrently.
 *
 * @param <C> the kind of cluster
 */
public abstract sealed class GtidExtension<C extends GtidCluster> extends EngineExtension<C>
    permits MariaDbExtension, MySqlExtension {
  private final GtidCluster.Builder<C> builder;
  private final boolean databasePerTest;

  private volatile @Nullable String database;

  GtidExtension(GtidCluster.Builder<C> builder, boolean databasePerTest) {
    this.builder = builder;
    this.databasePerTest = databasePerTest;
  }

  /** Returns the database of this test: its own with {@code databasePerTest}, else {@code app}. */
  public final String database() {
    String own = database;
    if (own != null) {
      return own;
    }
    if (databasePerTest) {
      throw new IllegalStateException("there is a database during a test only");
    }
    return GtidNode.DEFAULT_DATABASE;
  }

  /** Returns an unpooled source of connections to {@link #database} on the primary. */
  public final DataSource dataSource() {
    return dataSource(cluster().primary());
  }

  /** Returns an unpooled source of connections to {@link #database} on a node. */
  public final DataSource dataSource(GtidNode node) {
    return node.dataSource(database());
  }

  @Override
  protected final C start() {
    return builder.start();
  }

  @Override
  protected final void beforeTest(C running, ExtensionContext context) {
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
  protected final void afterTest(C running, ExtensionContext context) {
    String own = database;
    database = null;
    if (own != null && running.primary().server().isResponsive()) {
      running.dropDatabase(own);
    }
  }

  final GtidCluster.Builder<C> builder() {
    return builder;
  }
}
