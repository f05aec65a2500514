// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.internal;

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Locale;

/** The databases that this module knows, and where their SQL differs. */
public enum SqlProduct {
  /** PostgreSQL 13 and newer. */
  POSTGRESQL("select cast(extract(epoch from clock_timestamp()) * 1000 as bigint)", "text"),

  /** MariaDB 10.6 and newer. */
  MARIADB("select cast(unix_timestamp(now(3)) * 1000 as signed)", "longtext"),

  /** MySQL 8.0 and newer. */
  MYSQL("select cast(unix_timestamp(now(3)) * 1000 as signed)", "longtext"),

  /** SQLite 3.35 and newer. */
  SQLITE("select cast((julianday('now') - 2440587.5) * 86400000 as integer)", "text");

  private final String now;
  private final String text;

  SqlProduct(String now, String text) {
    this.now = now;
    this.text = text;
  }

  /**
   * The product behind a connection, by what its driver says.
   *
   * @throws SQLFeatureNotSupportedException if it is none of these
   */
  public static SqlProduct of(Connection connection) throws SQLException {
    DatabaseMetaData facts = connection.getMetaData();
    String name = facts.getDatabaseProductName().toLowerCase(Locale.ROOT);
    if (name.contains("postgresql")) {
      return POSTGRESQL;
    }
    if (name.contains("mariadb")
        || facts.getDatabaseProductVersion().toLowerCase(Locale.ROOT).contains("mariadb")) {
      return MARIADB;
    }
    if (name.contains("mysql")) {
      return MYSQL;
    }
    if (name.contains("sqlite")) {
      return SQLITE;
    }
    throw new SQLFeatureNotSupportedException(
        "shards must be PostgreSQL, MariaDB, MySQL or SQLite, was \""
            + facts.getDatabaseProductName()
            + '"');
  }

  /** A query for the clock of the database, in milliseconds since 1970. */
  public String nowQuery() {
    return now;
  }

  /** A type for text of any length. */
  public String textType() {
    return text;
  }

  /** Whether this is MariaDB or MySQL. */
  public boolean isMySqlFamily() {
    return this == MARIADB || this == MYSQL;
  }

  /** An identifier in quotes. */
  public String quote(String identifier) {
    if (isMySqlFamily()) {
      return '`' + identifier.replace("`", "``") + '`';
    }
    return '"' + identifier.replace("\"", "\"\"") + '"';
  }

  /** What follows a select to keep its rows as they are; nobody else writes in SQLite. */
  public String forShare() {
    return switch (this) {
      case POSTGRESQL -> " for share";
      case MARIADB, MYSQL -> " lock in share mode";
      case SQLITE -> "";
    };
  }

  /** What follows a select to lock its rows for writing; SQLite locks the whole database. */
  public String forUpdate() {
    return this == SQLITE ? "" : " for update";
  }
}
