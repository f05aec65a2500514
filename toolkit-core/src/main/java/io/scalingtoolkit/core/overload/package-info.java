// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/**
 * Protection of a server from more requests than it can answer.
 *
 * <p>An {@link io.scalingtoolkit.core.overload.AdaptiveLimiter} finds out how many requests in
 * flight the server can take and refuses the rest at once, the less important ones first. A {@link
 * io.scalingtoolkit.core.overload.Deadline} goes along with a request, so that nothing is done for
 * a caller who has given up. Calls to other servers are protected in {@code
 * core.overload.downstream}.
 */
@NullMarked
package io.scalingtoolkit.core.overload;

import org.jspecify.annotations.NullMarked;
