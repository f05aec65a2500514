// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.http;

/**
 * Something that a cache was not told to forget, and may hand out until its lifetime ends;
 * immutable.
 *
 * @param what the tags and URLs
 * @param why the last failure
 */
public record LostPurge(Purge what, PurgeException why) {}
