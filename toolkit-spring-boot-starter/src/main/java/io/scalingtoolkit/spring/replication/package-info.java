// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/**
 * Auto-configuration of toolkit-replication: data source, health, endpoint, bookmarks over HTTP.
 *
 * <p>Everything is set with properties under {@code toolkit.replication}; the types are internal
 * but for the auto-configurations, which are public so that they can be excluded.
 */
@NullMarked
package io.scalingtoolkit.spring.replication;

import org.jspecify.annotations.NullMarked;
