// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.web;

import java.util.Locale;

/** The kinds of problem the API answers with; each has an entry on the page problems.html. */
public enum ProblemType {
  /** The request cannot be understood: not JSON, an unknown field, a bad header. */
  BAD_REQUEST(400, "Bad request"),
  /** No token, or one that is not valid. */
  UNAUTHORIZED(401, "Not authenticated"),
  /** Refused whoever asks. */
  FORBIDDEN(403, "Forbidden"),
  /** Nothing here, or nothing that the caller may know of. */
  NOT_FOUND(404, "Not found"),
  /** The path exists, but not for this method. */
  METHOD_NOT_ALLOWED(405, "Method not allowed"),
  /** No representation fits the Accept header. */
  NOT_ACCEPTABLE(406, "Not acceptable"),
  /** The request took too long to arrive. */
  REQUEST_TIMEOUT(408, "Request timed out"),
  /** The request contradicts what is stored. */
  CONFLICT(409, "Conflict"),
  /** If-Match names another version. */
  PRECONDITION_FAILED(412, "Precondition failed"),
  /** The body is larger than allowed. */
  CONTENT_TOO_LARGE(413, "Content too large"),
  /** The path or query is longer than allowed. */
  URI_TOO_LONG(414, "URI too long"),
  /** The body has another media type than the call takes. */
  UNSUPPORTED_MEDIA_TYPE(415, "Unsupported media type"),
  /** Well-formed, but a rule of the contract is broken. */
  UNPROCESSABLE_CONTENT(422, "Invalid content"),
  /** The caller has to wait. */
  TOO_MANY_REQUESTS(429, "Too many requests"),
  /** A fault of the server. */
  INTERNAL_ERROR(500, "Internal error"),
  /** Too much is going on; the same request may succeed later. */
  SERVICE_UNAVAILABLE(503, "Service unavailable"),
  /** No space is left for what should be stored. */
  INSUFFICIENT_STORAGE(507, "Insufficient storage");

  private final int status;
  private final String title;

  ProblemType(int status, String title) {
    this.status = status;
    this.title = title;
  }

  /**
   * Returns the HTTP status.
   *
   * @return 400 to 507
   */
  public int status() {
    return status;
  }

  /**
   * Returns the summary that is the same for every occurrence.
   *
   * @return a short phrase in English
   */
  public String title() {
    return title;
  }

  /**
   * Returns the reference that identifies this type; it can be opened in a browser.
   *
   * @return a path relative to the server's root
   */
  public String uri() {
    return "/problems.html#" + name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * Finds the type for a status that some library chose.
   *
   * @param status an HTTP status
   * @return the type with that status; otherwise {@link #BAD_REQUEST} for 4xx and {@link
   *     #INTERNAL_ERROR} for the rest
   */
  public static ProblemType ofStatus(int status) {
    for (ProblemType type : values()) {
      if (type.status == status) {
        return type;
      }
    }
    return status >= 400 && status < 500 ? BAD_REQUEST : INTERNAL_ERROR;
  }
}
