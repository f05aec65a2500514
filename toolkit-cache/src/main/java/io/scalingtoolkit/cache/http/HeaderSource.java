// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.http;

import java.util.List;

/**
 * The headers of a request or response, whatever the framework: {@code name ->
 * Collections.list(request.getHeaders(name))}, {@code httpHeaders::allValues}. Thread-safe if what
 * it reads is.
 */
@FunctionalInterface
public interface HeaderSource {
  /**
   * Returns the values of a header in their order, none if it is not there.
   *
   * @param name in any case
   */
  List<String> values(String name);

  /** Returns a source without headers. */
  static HeaderSource none() {
    return name -> List.of();
  }
}
