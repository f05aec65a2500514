// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** The databases that {@code --db} can name. */
enum Database {
  SQLITE("SQLite"),
  POSTGRES("PostgreSQL"),
  MARIADB("MariaDB"),
  MYSQL("MySQL");

  private final String product;

  Database(String product) {
    this.product = product;
  }

  /** The name that people know it by. */
  String product() {
    return product;
  }

  /** The word on the command line and in the application's settings. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether it runs in processes of its own. */
  boolean hasServer() {
    return this != SQLITE;
  }

  /**
   * Reads the word.
   *
   * @throws IllegalArgumentException with the rule when it is another one
   */
  static Database of(String word) {
    return Arrays.stream(values())
        .filter(database -> database.word().equals(word))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "--db must be one of "
                        + Arrays.stream(values())
                            .map(Database::word)
                            .collect(Collectors.joining(", "))
                        + "; got "
                        + word));
  }
}
