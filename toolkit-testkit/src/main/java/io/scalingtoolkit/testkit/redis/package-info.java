// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors

/**
 * Real Redis servers and clusters, started from a test. Start with {@link
 * io.scalingtoolkit.testkit.redis.RedisServer} for one server and its replicas, or {@link
 * io.scalingtoolkit.testkit.redis.RedisCluster} for a sharded cluster.
 */
@NullMarked
package io.scalingtoolkit.testkit.redis;

import org.jspecify.annotations.NullMarked;
