/**
 * Loads and measurements behind the figures in {@code docs/benchmarks}. {@link
 * io.scalingtoolkit.benchmarks.Bench} is the command a person types.
 */
@NullMarked
package io.scalingtoolkit.benchmarks;

import org.jspecify.annotations.NullMarked;
