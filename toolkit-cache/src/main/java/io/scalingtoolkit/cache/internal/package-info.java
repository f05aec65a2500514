// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/** What tiers and caches know of each other; no API, may change at any time. */
@NullMarked
package io.scalingtoolkit.cache.internal;

import org.jspecify.annotations.NullMarked;
