// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.internal;

/**
 * A point in the history of removals of tags, taken before a load: what was removed after it counts
 * as removed during the load; immutable.
 *
 * @param positions that loads of all keys must not be older than, empty for none
 * @param clock removals so far, as the tier counts them
 * @param order of the question for it among what this process has heard of tags
 */
public record Mark(String positions, long clock, long order) {}
