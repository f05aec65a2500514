/**
 * Time as an injected dependency, with elapsed time and calendar time as different types. Start at
 * {@link io.scalingtoolkit.core.time.MonotonicClock} for durations and deadlines and at {@link
 * io.scalingtoolkit.core.time.WallClock} for dates; tests use {@link
 * io.scalingtoolkit.core.time.ManualClock}.
 */
@NullMarked
package io.scalingtoolkit.core.time;

import org.jspecify.annotations.NullMarked;
