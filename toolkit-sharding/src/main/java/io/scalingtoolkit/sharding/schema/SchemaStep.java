// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.schema;

import java.sql.SQLException;
import javax.sql.DataSource;

/**
 * A change of the schema of one shard. It may be run again after it failed, or died, half way: it
 * has to be one transaction, or to leave alone what is there already. {@link FlywayStep} does.
 */
@FunctionalInterface
public interface SchemaStep {
  /**
   * Changes the schema of a shard.
   *
   * @param shard its name
   * @param database its primary
   * @throws SQLException if it cannot; no further shard is changed then
   */
  void run(String shard, DataSource database) throws SQLException;
}
