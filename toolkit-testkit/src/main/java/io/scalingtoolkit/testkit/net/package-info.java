// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors

/** Network faults on loopback, switched at run time. */
@NullMarked
package io.scalingtoolkit.testkit.net;

import org.jspecify.annotations.NullMarked;
