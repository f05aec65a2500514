// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/**
 * Limits on how often something may be done, for one caller or for each of millions.
 *
 * <p>A {@link io.scalingtoolkit.core.ratelimit.RateLimit} says how much, a {@link
 * io.scalingtoolkit.core.ratelimit.RateLimiter} or a {@link
 * io.scalingtoolkit.core.ratelimit.KeyedRateLimiter} decides, and an {@link
 * io.scalingtoolkit.core.ratelimit.Admission} is the answer. In any span of time at most the burst
 * and what the rate gives in that span is admitted.
 */
@NullMarked
package io.scalingtoolkit.core.ratelimit;

import org.jspecify.annotations.NullMarked;
