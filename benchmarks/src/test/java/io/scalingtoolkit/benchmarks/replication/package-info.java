/** Tests of the stub driver and of the DataSources that are compared over it. */
@NullMarked
package io.scalingtoolkit.benchmarks.replication;

import org.jspecify.annotations.NullMarked;
