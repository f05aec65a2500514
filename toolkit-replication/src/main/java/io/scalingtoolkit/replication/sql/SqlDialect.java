// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.sql;

/** The SQL a server speaks; it decides how quotes, comments and names are read. Immutable. */
public enum SqlDialect {
  /** PostgreSQL, with {@code standard_conforming_strings} on, as it is by default since 9.1. */
  POSTGRESQL,
  /** MariaDB, with any {@code sql_mode}. */
  MARIADB,
  /** MySQL, with any {@code sql_mode}. */
  MYSQL;

  boolean isMySqlFamily() {
    return this != POSTGRESQL;
  }
}
