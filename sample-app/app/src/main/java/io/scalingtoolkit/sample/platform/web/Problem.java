// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.web;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An outcome that ends a request with a problem document (RFC 9457). Thrown anywhere below a
 * controller it rolls the transaction back and becomes the answer; filters hand it to {@link
 * ProblemWriter}. Texts are shown to the caller: no internals, no personal data. Immutable; carries
 * no stack trace, because it reports a decision and not a fault.
 */
public final class Problem extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final ProblemType type;
  private final transient List<FieldError> errors;
  private final @Nullable Duration retryAfter;

  private Problem(
      ProblemType type, String detail, List<FieldError> errors, @Nullable Duration retryAfter) {
    super(detail, null, false, false);
    this.type = type;
    this.errors = List.copyOf(errors);
    this.retryAfter = retryAfter;
  }

  /**
   * Creates a problem of any type.
   *
   * @param type the kind
   * @param detail one sentence for the caller
   * @return the problem, to be thrown
   */
  public static Problem of(ProblemType type, String detail) {
    return new Problem(type, detail, List.of(), null);
  }

  /** 400: the request cannot be understood. */
  public static Problem badRequest(String detail) {
    return of(ProblemType.BAD_REQUEST, detail);
  }

  /** 400 that names the fields at fault. */
  public static Problem badRequest(String detail, List<FieldError> errors) {
    return new Problem(ProblemType.BAD_REQUEST, detail, errors, null);
  }

  /** 401: no token or a bad one; the entry point adds WWW-Authenticate. */
  public static Problem unauthorized(String detail) {
    return of(ProblemType.UNAUTHORIZED, detail);
  }

  /** 404: nothing here, also for what belongs to somebody else. */
  public static Problem notFound() {
    return of(ProblemType.NOT_FOUND, "There is nothing here for this caller.");
  }

  /** 409: what the caller wants contradicts what is stored. */
  public static Problem conflict(String detail, FieldError... errors) {
    return new Problem(ProblemType.CONFLICT, detail, List.of(errors), null);
  }

  /** 409 while the same request is still running. */
  public static Problem conflict(String detail, Duration retryAfter) {
    return new Problem(ProblemType.CONFLICT, detail, List.of(), retryAfter);
  }

  /** 412: If-Match names another version. */
  public static Problem preconditionFailed() {
    return of(
        ProblemType.PRECONDITION_FAILED, "The resource has changed; If-Match does not match.");
  }

  /** 413: the body is larger than allowed. */
  public static Problem tooLarge(long limitBytes) {
    return of(ProblemType.CONTENT_TOO_LARGE, "The body is larger than " + limitBytes + " bytes.");
  }

  /** 415: the body has another media type than the call takes. */
  public static Problem unsupportedMediaType(String detail) {
    return of(ProblemType.UNSUPPORTED_MEDIA_TYPE, detail);
  }

  /** 422: valid JSON that breaks rules; names each field at fault. */
  public static Problem unprocessable(List<FieldError> errors) {
    return new Problem(
        ProblemType.UNPROCESSABLE_CONTENT, "The content breaks a rule.", errors, null);
  }

  /** 422 about one field. */
  public static Problem unprocessable(String field, String message) {
    return unprocessable(List.of(new FieldError(field, message)));
  }

  /** 422 that is not about a field. */
  public static Problem unprocessable(String detail) {
    return of(ProblemType.UNPROCESSABLE_CONTENT, detail);
  }

  /** 429: the caller has to wait. */
  public static Problem tooManyRequests(Duration retryAfter) {
    return new Problem(
        ProblemType.TOO_MANY_REQUESTS, "Too many attempts; wait.", List.of(), retryAfter);
  }

  /** 503: overloaded, or a store is busy for a moment. */
  public static Problem unavailable(Duration retryAfter) {
    return new Problem(
        ProblemType.SERVICE_UNAVAILABLE,
        "The server is too busy for this request; try again.",
        List.of(),
        retryAfter);
  }

  /** 507: no space is left. */
  public static Problem storageFull() {
    return of(ProblemType.INSUFFICIENT_STORAGE, "No space is left to store this.");
  }

  /** Returns the kind. */
  public ProblemType type() {
    return type;
  }

  /** Returns the sentence for the caller. */
  public String detail() {
    return String.valueOf(getMessage());
  }

  /** Returns the fields at fault, possibly none; immutable. */
  public List<FieldError> errors() {
    return errors;
  }

  /** Returns how long the caller should wait, or null when waiting does not help. */
  public @Nullable Duration retryAfter() {
    return retryAfter;
  }
}
