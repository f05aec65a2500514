// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import java.sql.Connection;
import java.util.List;

/**
 * Tells which replicas there are, asked again and again while the data source is open.
 *
 * <p>{@link #fromPrimary} asks the database. Anything else that knows, such as DNS or a registry of
 * services, is a lambda that does not use the connection.
 *
 * <p>Called by one thread at a time. A call that takes longer than 5 s has its connection cut and
 * is interrupted; what heeds neither delays the next one.
 */
@FunctionalInterface
public interface ReplicaDiscovery {

  /**
   * Returns all replicas there are now. One that is left out is taken out some time later, and only
   * when it does not answer either. Replicas of which several have one name are left out until they
   * differ.
   *
   * @param primary a connection to the primary of the moment, not to be kept or closed
   * @throws Exception if they cannot be told; nothing changes then
   */
  List<ReplicaAddress> find(Connection primary) throws Exception;

  /**
   * Returns a discovery that asks the primary who replicates from it, which leaves out replicas of
   * replicas; immutable.
   *
   * <table>
   *   <caption>What it asks</caption>
   *   <tr><th>product</th><th>where</th><th>right needed</th><th>name of a replica</th></tr>
   *   <tr><td>PostgreSQL</td><td>{@code pg_stat_replication}, streaming standbys</td>
   *     <td>{@code pg_monitor}</td>
   *     <td>its {@code application_name} if that is a name for a node and not the standard {@code
   *     walreceiver}, else its address</td></tr>
   *   <tr><td>MariaDB</td><td>{@code SHOW SLAVE HOSTS}</td>
   *     <td>{@code REPLICATION MASTER ADMIN}</td><td>{@code server-} and its server id</td></tr>
   *   <tr><td>MySQL</td><td>{@code SHOW REPLICAS}, before 8.0.22 {@code SHOW SLAVE HOSTS}</td>
   *     <td>{@code REPLICATION SLAVE}</td><td>{@code server-} and its server id</td></tr>
   * </table>
   *
   * <p>PostgreSQL tells no port. MariaDB and MySQL tell the host that {@code report_host} of the
   * replica says; where that is not set, MySQL tells none.
   */
  static ReplicaDiscovery fromPrimary() {
    return PrimaryDiscovery::find;
  }
}
