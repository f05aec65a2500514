// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.web;

/**
 * The two roots of the API: every path stands under both. Immutable.
 *
 * <p>A controller maps both and names the version it implements:
 *
 * <pre>{@code
 * @RequestMapping(path = {ApiPaths.ROOT + "/items", ApiPaths.VERSIONED + "/items"}, version = ApiPaths.V1)
 * }</pre>
 */
public final class ApiPaths {

  /** Root without a version; it means the default version. */
  public static final String ROOT = "/api";

  /** Root with a version segment such as {@code v1}. */
  public static final String VERSIONED = "/api/{version:v[0-9]+}";

  /** The only version so far, and the default. */
  public static final String V1 = "1";

  private ApiPaths() {}

  /**
   * Removes the version segment, so that both roots name the same resource.
   *
   * @param path a request path, for example {@code /api/v1/items}
   * @return the path under {@link #ROOT}, or the path itself when it has no version segment
   */
  public static String withoutVersion(String path) {
    return path.replaceFirst("^/api/v[0-9]+(?=/|$)", ROOT);
  }

  /**
   * Returns the root the request came in by, for links in its answer.
   *
   * @param path a request path, for example {@code /api/v1/items}
   * @return {@code /api} or {@code /api/v1}
   */
  public static String rootOf(String path) {
    return path.matches("/api/v[0-9]+(/.*)?") ? path.replaceFirst("^(/api/v[0-9]+).*", "$1") : ROOT;
  }
}
