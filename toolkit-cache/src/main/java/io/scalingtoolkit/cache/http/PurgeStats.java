// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.http;

/**
 * What a {@link BatchingPurger} has done since it was made; immutable. The figures are read one
 * after the other, so they need not add up while it is used.
 *
 * @param done tags and URLs that the cache has confirmed, second purges included
 * @param merged tags and URLs that were asked for while they waited already
 * @param lost tags and URLs that were not purged, each of which was reported
 * @param requests requests that the cache has confirmed
 * @param failedRequests requests that it has not
 * @param waiting tags and URLs that wait now, second purges included
 */
public record PurgeStats(
    long done, long merged, long lost, long requests, long failedRequests, long waiting) {}
