// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.mysql;

import java.util.Optional;

/**
 * A {@link MySqlCluster} for the tests of a class, registered with {@code @RegisterExtension};
 * where MySQL cannot run, the tests are skipped with a line that says why.
 *
 * <p>Thread-safe for one test at a time, see {@link GtidExtension}.
 */
public final class MySqlExtension extends GtidExtension<MySqlCluster> {
  private MySqlExtension(GtidCluster.Builder<MySqlCluster> builder, boolean databasePerTest) {
    super(builder, databasePerTest);
  }

  /** Returns an extension that starts what the builder describes. */
  public static MySqlExtension of(GtidCluster.Builder<MySqlCluster> builder) {
    return new MySqlExtension(builder, false);
  }

  /**
   * Returns an extension that also creates an empty database before each test, waits until the live
   * replicas have it, and drops it afterwards, unless the primary is dead by then.
   */
  public MySqlExtension databasePerTest() {
    return new MySqlExtension(builder(), true);
  }

  @Override
  protected Optional<String> unavailable() {
    return MySqlCluster.unavailable();
  }
}
