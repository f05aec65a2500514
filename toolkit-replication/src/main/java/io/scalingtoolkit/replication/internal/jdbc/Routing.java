// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.jdbc;

import io.scalingtoolkit.replication.internal.engine.Engine;
import io.scalingtoolkit.replication.internal.route.Router;
import io.scalingtoolkit.replication.sql.Classification;
import io.scalingtoolkit.replication.sql.SqlClassifier;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * What all connections of one data source share; immutable, but for its parts, which are
 * thread-safe.
 *
 * @param router chooses nodes for reads
 * @param classifier tells reads from the rest; null where only declared reads go to replicas
 * @param facts of the primary
 * @param primaryReads bounds the reads that only go to the primary because no replica is left; null
 *     for no bound
 * @param captureOnCommit whether a commit brings its position along
 */
public record Routing(
    Router router,
    SqlClassifier classifier,
    boolean routesBySql,
    ServerFacts facts,
    @Nullable Semaphore primaryReads,
    boolean captureOnCommit) {

  Engine engine() {
    return router.cluster().engine();
  }

  Classification classify(String sql) {
    return classifier.classify(sql);
  }
}
