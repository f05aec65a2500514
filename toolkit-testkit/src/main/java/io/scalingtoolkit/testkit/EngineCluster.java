// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit;

import java.nio.file.Path;

/**
 * One or more running engine nodes that belong together and are closed together.
 *
 * <p>Thread-safe, unless a cluster says otherwise. Closing twice is allowed.
 */
public interface EngineCluster extends AutoCloseable {
  /**
   * Copies the logs of all nodes to a directory that outlives this cluster.
   *
   * <p>The place is {@code target/engine-logs} of the working directory (or {@code engine-logs-UID}
   * in the temporary directory where there is no {@code target}); the system property {@code
   * toolkit.engine.logs} names another one.
   *
   * @param label what the logs are kept for, usually the name of the failed test; characters that
   *     do not suit a file name are replaced
   * @return the absolute path of the directory with the copies
   * @throws EngineException if the copy fails
   */
  Path keepLogs(String label);

  /**
   * Kills all nodes and deletes their files; returns when both are done. The nodes of a durable
   * cluster are shut down in order, and their files stay.
   */
  @Override
  void close();
}
