// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/**
 * Whether a statement may run on a read replica, decided from its text alone. {@link
 * io.scalingtoolkit.replication.sql.SqlClassifier} is the entry type.
 */
@NullMarked
package io.scalingtoolkit.replication.sql;

import org.jspecify.annotations.NullMarked;
