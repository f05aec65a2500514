// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.item;

/**
 * The last item of a page: the next page starts after it. Immutable.
 *
 * @param createdAt microseconds since the epoch
 * @param id the item's identifier, which breaks ties
 */
record ItemCursor(long createdAt, String id) {}
