/** Tests of what limiters are measured with. */
@NullMarked
package io.scalingtoolkit.benchmarks.limits;

import org.jspecify.annotations.NullMarked;
