// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors

/**
 * A checker for how stale a cache gets that several processes share: real JVMs read and invalidate,
 * and every read is judged afterwards. Start at {@link
 * io.scalingtoolkit.testkit.cache.StalenessCheck}; the processes run {@link
 * io.scalingtoolkit.testkit.cache.CacheNode}.
 */
@NullMarked
package io.scalingtoolkit.testkit.cache;

import org.jspecify.annotations.NullMarked;
