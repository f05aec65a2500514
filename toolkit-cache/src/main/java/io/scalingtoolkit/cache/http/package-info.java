// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/**
 * What HTTP caches are told: by the headers of an {@link
 * io.scalingtoolkit.cache.http.HttpCachePolicy}, and by a {@link
 * io.scalingtoolkit.cache.http.Purger} when something has changed.
 */
@NullMarked
package io.scalingtoolkit.cache.http;

import org.jspecify.annotations.NullMarked;
