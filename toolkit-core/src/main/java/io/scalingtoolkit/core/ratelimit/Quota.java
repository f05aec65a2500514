// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit;

import java.time.Duration;

/**
 * What is left of one bandwidth at some moment; immutable. It may be gone before it is read.
 *
 * @param bandwidth which one
 * @param remaining permits that could be taken at once, 0 to the burst
 * @param untilFull the time after which the whole burst would be there again, 0 or more
 */
public record Quota(Bandwidth bandwidth, long remaining, Duration untilFull) {}
