// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/**
 * Spring's cache abstraction over {@link io.scalingtoolkit.cache.TieredCache}, by properties under
 * {@code toolkit.cache}.
 *
 * <p>{@link io.scalingtoolkit.spring.cache.TieredCacheManager} is the cache manager of the
 * application. Inside a transaction its caches wait with changes until that has committed.
 */
@NullMarked
package io.scalingtoolkit.spring.cache;

import org.jspecify.annotations.NullMarked;
