// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/**
 * Which address a request comes from. {@link io.scalingtoolkit.spring.address.ClientAddresses}
 * believes the peer of the socket, and forwarding headers only as far as trusted proxies wrote
 * them.
 */
@NullMarked
package io.scalingtoolkit.spring.address;

import org.jspecify.annotations.NullMarked;
