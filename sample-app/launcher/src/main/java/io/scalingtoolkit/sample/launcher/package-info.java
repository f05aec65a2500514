/**
 * The {@code run} command: starts the sample application as a child process, checks the machine and
 * stops what it started. {@link io.scalingtoolkit.sample.launcher.Main} is the entry point.
 */
@NullMarked
package io.scalingtoolkit.sample.launcher;

import org.jspecify.annotations.NullMarked;
