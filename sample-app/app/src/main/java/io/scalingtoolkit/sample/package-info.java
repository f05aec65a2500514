/**
 * The sample application. Each feature has a package of its own; {@code platform} wires what they
 * share.
 */
@NullMarked
package io.scalingtoolkit.sample;

import org.jspecify.annotations.NullMarked;
