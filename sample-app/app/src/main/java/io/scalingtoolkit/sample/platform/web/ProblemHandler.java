// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.web;

import io.scalingtoolkit.sample.platform.sql.StorageFullException;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import org.apache.tomcat.util.http.InvalidParameterException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.TransientDataAccessException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.ResponseEntity;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.jdbc.CannotGetJdbcConnectionException;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.web.accept.InvalidApiVersionException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.ServletWebRequest;
import org.springframework.web.context.request.WebRequest;
import org.springframework.web.servlet.mvc.method.annotation.ResponseEntityExceptionHandler;

/** Turns whatever a controller throws into a problem document; knows no feature. Thread-safe. */
@RestControllerAdvice
final class ProblemHandler extends ResponseEntityExceptionHandler {

  private static final Logger LOG = LoggerFactory.getLogger(ProblemHandler.class);
  private static final Duration BUSY = Duration.ofSeconds(1);

  private final ProblemWriter writer;

  ProblemHandler(ProblemWriter writer) {
    this.writer = writer;
  }

  @ExceptionHandler(Problem.class)
  ResponseEntity<Object> decided(Problem problem, HttpServletRequest request) {
    return answer(problem, request);
  }

  @ExceptionHandler(StorageFullException.class)
  ResponseEntity<Object> storageFull(StorageFullException failure, HttpServletRequest request) {
    LOG.error("storage.full: a write was refused because no space is left");
    return answer(Problem.storageFull(), request);
  }

  @ExceptionHandler({
    TransientDataAccessException.class,
    CannotGetJdbcConnectionException.class,
    CannotCreateTransactionException.class
  })
  ResponseEntity<Object> storageBusy(RuntimeException failure, HttpServletRequest request) {
    LOG.warn("storage.busy: the database did not take the request in time");
    return answer(Problem.unavailable(BUSY), request);
  }

  /** A query that cannot be decoded is found out when a handler asks for its first parameter. */
  @ExceptionHandler(InvalidParameterException.class)
  ResponseEntity<Object> unreadableQuery(
      InvalidParameterException failure, HttpServletRequest request) {
    return answer(Problem.badRequest("The query has a part that cannot be decoded."), request);
  }

  @ExceptionHandler(Exception.class)
  ResponseEntity<Object> unexpected(Exception failure, HttpServletRequest request) {
    LOG.error("request.failed: unexpected {}", failure.getClass().getName(), failure);
    return answer(
        Problem.of(ProblemType.INTERNAL_ERROR, "The server failed; the fault has been logged."),
        request);
  }

  @Override
  protected @Nullable ResponseEntity<Object> handleHttpMessageNotReadable(
      HttpMessageNotReadableException failure,
      HttpHeaders headers,
      HttpStatusCode status,
      WebRequest request) {
    return answer(JsonFaults.of(failure), ((ServletWebRequest) request).getRequest());
  }

  @Override
  protected @Nullable ResponseEntity<Object> handleExceptionInternal(
      Exception failure,
      @Nullable Object body,
      HttpHeaders headers,
      HttpStatusCode status,
      WebRequest request) {
    HttpServletRequest http = ((ServletWebRequest) request).getRequest();
    ProblemType type = ProblemType.ofStatus(status.value());
    if (type == ProblemType.INTERNAL_ERROR) {
      return unexpected(failure, http);
    }
    String detail =
        failure instanceof InvalidApiVersionException
            ? "There is no such version of the API."
            : type.title() + ".";
    return writer.entity(Problem.of(type, detail), http.getRequestURI(), headers);
  }

  private ResponseEntity<Object> answer(Problem problem, HttpServletRequest request) {
    return writer.entity(problem, request.getRequestURI(), new HttpHeaders());
  }
}
