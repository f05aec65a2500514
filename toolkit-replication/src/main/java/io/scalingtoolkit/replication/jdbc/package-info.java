// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/** The data source as a JDBC driver, for programs that take a URL and nothing else. */
@NullMarked
package io.scalingtoolkit.replication.jdbc;

import org.jspecify.annotations.NullMarked;
