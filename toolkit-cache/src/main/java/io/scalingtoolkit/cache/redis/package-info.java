// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/** The tier of a cache in Redis. */
@NullMarked
package io.scalingtoolkit.cache.redis;

import org.jspecify.annotations.NullMarked;
