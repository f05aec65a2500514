/** Tests of what caches are measured with. */
@NullMarked
package io.scalingtoolkit.benchmarks.cache;

import org.jspecify.annotations.NullMarked;
