/**
 * Running the process: the data folder, refusing a start that cannot work, request logs and who may
 * see the actuator. Nothing here knows a feature.
 */
@NullMarked
package io.scalingtoolkit.sample.platform.ops;

import org.jspecify.annotations.NullMarked;
