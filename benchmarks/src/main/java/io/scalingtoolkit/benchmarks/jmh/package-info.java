// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/** How JMH is run so that peers can be compared: in rounds, one fork a pair. */
@NullMarked
package io.scalingtoolkit.benchmarks.jmh;

import org.jspecify.annotations.NullMarked;
