// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/**
 * Limits that many processes share through Redis; needs Lettuce on the class path.
 *
 * <p>{@link io.scalingtoolkit.core.ratelimit.redis.RedisRateLimiters} makes them. Redis is charged
 * before a permit is spent, in one command that decides by the clock of Redis, so no process can
 * spend what another one has. While Redis does not answer, each process gives its share.
 */
@NullMarked
package io.scalingtoolkit.core.ratelimit.redis;

import org.jspecify.annotations.NullMarked;
