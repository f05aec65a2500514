// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/**
 * A cache in tiers, of which each entry is loaded once and no invalidation is lost to a load that
 * was under way.
 *
 * <p>A {@link io.scalingtoolkit.cache.TieredCache} is made by its builder and asked with a {@link
 * io.scalingtoolkit.cache.Loader}.
 */
@NullMarked
package io.scalingtoolkit.cache;

import org.jspecify.annotations.NullMarked;
