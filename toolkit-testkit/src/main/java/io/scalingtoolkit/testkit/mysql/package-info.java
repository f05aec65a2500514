/**
 * MariaDB and MySQL with GTID replicas as real processes, and the faults that happen to them.
 *
 * <p>Start at {@link io.scalingtoolkit.testkit.mysql.MariaDbCluster} or {@link
 * io.scalingtoolkit.testkit.mysql.MySqlCluster}; both share their verbs with {@link
 * io.scalingtoolkit.testkit.mysql.GtidCluster}.
 */
@NullMarked
package io.scalingtoolkit.testkit.mysql;

import org.jspecify.annotations.NullMarked;
