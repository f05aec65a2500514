/**
 * The metrics of toolkit-core, each named once. {@link io.scalingtoolkit.core.metrics.CoreMetric}
 * lists them with their tags.
 */
@NullMarked
package io.scalingtoolkit.core.metrics;

import org.jspecify.annotations.NullMarked;
