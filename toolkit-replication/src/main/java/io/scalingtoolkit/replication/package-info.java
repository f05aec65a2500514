// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/**
 * One {@link javax.sql.DataSource} over a primary and its replicas, with session guarantees. Start
 * at {@link io.scalingtoolkit.replication.ReplicationDataSource}.
 */
@NullMarked
package io.scalingtoolkit.replication;

import org.jspecify.annotations.NullMarked;
