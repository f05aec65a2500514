/**
 * Real PostgreSQL 18 servers with streaming replication, as child processes of the test.
 *
 * <p>Start at {@link io.scalingtoolkit.testkit.postgres.PostgresCluster}; in JUnit at {@link
 * io.scalingtoolkit.testkit.postgres.PostgresExtension}.
 */
@NullMarked
package io.scalingtoolkit.testkit.postgres;

import org.jspecify.annotations.NullMarked;
