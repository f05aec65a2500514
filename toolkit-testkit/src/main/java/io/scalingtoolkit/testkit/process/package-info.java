/**
 * Internal: how the clusters of the testkit start, watch and end server processes, and where those
 * keep their files. Public only because the engine packages use it; no promise of compatibility.
 *
 * <p>Start at {@link io.scalingtoolkit.testkit.process.Workspace} and {@link
 * io.scalingtoolkit.testkit.process.EngineHost}.
 */
@NullMarked
package io.scalingtoolkit.testkit.process;

import org.jspecify.annotations.NullMarked;
