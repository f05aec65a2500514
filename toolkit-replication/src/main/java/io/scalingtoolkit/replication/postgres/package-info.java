// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/**
 * PostgreSQL: {@link io.scalingtoolkit.replication.postgres.PostgresPosition} is how far a server
 * has got.
 */
@NullMarked
package io.scalingtoolkit.replication.postgres;

import org.jspecify.annotations.NullMarked;
