// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.jdbc;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** A database product and the URLs of its driver. */
enum Product {
  POSTGRESQL(5432),
  MARIADB(3306),
  MYSQL(3306);

  private final int defaultPort;

  Product(int defaultPort) {
    this.defaultPort = defaultPort;
  }

  int defaultPort() {
    return defaultPort;
  }

  /** Returns the word for it in a URL. */
  String scheme() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Product of(String scheme) {
    for (Product product : values()) {
      if (product.scheme().equals(scheme)) {
        return product;
      }
    }
    throw new IllegalArgumentException(
        "the product in the URL must be one of "
            + Arrays.stream(values()).map(Product::scheme).collect(Collectors.joining(", "))
            + ", was \""
            + scheme
            + "\"");
  }
}
