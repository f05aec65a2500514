/**
 * Tests of the bench command and of the driver that the figures rest on. They need no server but
 * their own.
 */
@NullMarked
package io.scalingtoolkit.benchmarks;

import org.jspecify.annotations.NullMarked;
