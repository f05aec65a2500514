// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.security;

/** The requests that anybody may send. Immutable. */
final class PublicCalls {

  /** POST calls of the API that need no token. */
  static final String[] PATHS = {
    "/api/users",
    "/api/{version:v[0-9]+}/users",
    "/api/sessions",
    "/api/{version:v[0-9]+}/sessions",
    "/api/sessions/refresh",
    "/api/{version:v[0-9]+}/sessions/refresh"
  };

  /** GET and HEAD of pages, pictures, documents and keys. */
  static final String[] PAGES = {
    "/",
    "/*",
    "/avatars/*",
    "/assets/**",
    "/swagger-ui/**",
    "/webjars/**",
    "/v3/api-docs/**",
    "/.well-known/jwks.json"
  };

  private PublicCalls() {}
}
