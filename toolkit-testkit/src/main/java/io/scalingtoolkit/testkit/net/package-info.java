// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors

/**
 * Network faults on loopback, switched at run time. Start with {@link
 * io.scalingtoolkit.testkit.net.FaultProxy}, a TCP proxy that stands between a client and a server
 * under test.
 */
@NullMarked
package io.scalingtoolkit.testkit.net;

import org.jspecify.annotations.NullMarked;
