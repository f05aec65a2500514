// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/**
 * The gateway: stands before several instances of the application, passes each request on to one
 * that is ready, and to another when that one has died. {@link
 * io.scalingtoolkit.sample.gateway.GatewayApplication} is the entry point.
 */
@NullMarked
package io.scalingtoolkit.sample.gateway;

import org.jspecify.annotations.NullMarked;
