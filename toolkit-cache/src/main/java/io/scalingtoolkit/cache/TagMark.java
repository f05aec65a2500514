// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import java.util.List;

/**
 * The tags of an entry, and how many invalidations of tags there had been when its load began;
 * immutable.
 */
record TagMark(List<String> tags, long epoch) {}
