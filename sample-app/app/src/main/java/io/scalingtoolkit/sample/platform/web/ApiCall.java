// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.web;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One call of the contract, as the OpenAPI document describes it beyond what the code shows.
 * Immutable.
 *
 * @param method in capitals
 * @param path under the root without version
 * @param summary a phrase
 * @param success status of the answer when all is well
 * @param secured whether a token is needed
 * @param errors statuses of the problems it can answer with
 */
record ApiCall(
    String method,
    String path,
    String summary,
    int success,
    boolean secured,
    List<Integer> errors) {

  /** Every call of docs/guide/api.md; a test compares both. */
  static List<ApiCall> all() {
    return List.of(
        open("POST", "/api/users", "Register", 201, 400, 409, 413, 415, 422, 503, 507),
        own("GET", "/api/users/{id}", "Read the account", 200, 404),
        own("PUT", "/api/users/{id}", "Change the account", 200, 404, 409, 412, 413, 415, 422),
        own("PUT", "/api/users/{id}/password", "Change the password", 204, 404, 413, 415, 422, 429),
        own("DELETE", "/api/users/{id}", "Delete the account and all it owns", 204, 404, 412),
        own(
            "GET",
            "/api/users/{id}/export",
            "Export all that is stored about the user",
            200,
            404,
            429,
            507),
        own("PUT", "/api/users/{id}/avatar", "Upload a picture", 200, 404, 412, 413, 415, 507),
        own("DELETE", "/api/users/{id}/avatar", "Remove the picture", 204, 404, 412),
        open("GET", "/avatars/{name}", "Fetch a picture", 200, 404),
        open("POST", "/api/sessions", "Log in", 201, 400, 401, 413, 415, 422, 429, 503, 507),
        open(
            "POST",
            "/api/sessions/refresh",
            "Trade a refresh token for new tokens",
            200,
            400,
            401,
            413,
            415,
            422,
            503,
            507),
        own("DELETE", "/api/sessions/current", "Log out", 204),
        own("POST", "/api/items", "Create an item", 201, 409, 413, 415, 422),
        own("GET", "/api/items/{id}", "Read an item", 200, 404),
        own("PUT", "/api/items/{id}", "Replace an item", 200, 404, 412, 413, 415, 422),
        own("DELETE", "/api/items/{id}", "Delete an item", 204, 404, 412),
        own("GET", "/api/items", "List own items, newest first", 200),
        open("GET", "/.well-known/jwks.json", "Fetch the keys that verify access tokens", 200));
  }

  private static ApiCall open(
      String method, String path, String summary, int success, Integer... errors) {
    return new ApiCall(method, path, summary, success, false, List.of(errors));
  }

  /** A call with a token: all of them can also meet a bad request, a bad token or an overload. */
  private static ApiCall own(
      String method, String path, String summary, int success, Integer... errors) {
    List<Integer> all = new ArrayList<>(List.of(400, 401));
    all.addAll(Arrays.asList(errors));
    all.add(503);
    if (!method.equals("GET") && !all.contains(507)) {
      all.add(507);
    }
    return new ApiCall(method, path, summary, success, true, List.copyOf(all));
  }
}
