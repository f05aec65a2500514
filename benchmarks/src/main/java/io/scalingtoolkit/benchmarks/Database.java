// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

/** Products that the phase 2 load can run on. */
enum Database {
  POSTGRES,
  MARIADB,
  MYSQL
}
