/**
 * Real engines for tests: what every cluster has in common, and its tie to JUnit.
 *
 * <p>Start at the cluster of an engine, for example {@code testkit.postgres.PostgresCluster};
 * {@link io.scalingtoolkit.testkit.EngineExtension} is the base of the JUnit extensions.
 */
@NullMarked
package io.scalingtoolkit.testkit;

import org.jspecify.annotations.NullMarked;
