// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/**
 * MySQL and MariaDB: {@link io.scalingtoolkit.replication.mysql.MySqlPosition} and {@link
 * io.scalingtoolkit.replication.mysql.MariaDbPosition} are how far a server has got.
 */
@NullMarked
package io.scalingtoolkit.replication.mysql;

import org.jspecify.annotations.NullMarked;
