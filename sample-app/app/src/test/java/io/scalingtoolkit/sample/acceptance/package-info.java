/**
 * The black-box acceptance suite: it starts the packaged jar as a process and speaks HTTP to it, as
 * a customer would. {@link io.scalingtoolkit.sample.acceptance.RunningApp} is the entry type;
 * nothing here looks at the application's classes.
 */
@NullMarked
package io.scalingtoolkit.sample.acceptance;

import org.jspecify.annotations.NullMarked;
