// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.web;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;

/** Says what is wrong with a JSON body, without a word about how it is read. Immutable. */
final class JsonFaults {

  private static final Map<Class<?>, String> RULES =
      Map.of(String.class, "must be a string", JsonText.class, "must be an object");

  private JsonFaults() {}

  /** Returns the problem for a body that could not be read. */
  static Problem of(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof Problem problem) {
        return problem;
      }
      Problem problem = ofJackson(t);
      if (problem != null) {
        return problem;
      }
    }
    return Problem.badRequest("The request has no body that can be read.");
  }

  private static @Nullable Problem ofJackson(Throwable failure) {
    if (failure instanceof UnrecognizedPropertyException unknown) {
      return Problem.badRequest(
          "The body has a field that this call does not know.",
          List.of(new FieldError(path(unknown), "is not known")));
    }
    if (failure instanceof MismatchedInputException mismatch) {
      return ofMismatch(mismatch);
    }
    if (failure instanceof StreamConstraintsException) {
      return Problem.badRequest("The body is nested too deeply or has too long a part.");
    }
    if (failure instanceof JacksonException syntax) {
      boolean duplicate = String.valueOf(syntax.getOriginalMessage()).startsWith("Duplicate");
      return Problem.badRequest(
          duplicate
              ? "The body has the same field twice in one object."
              : "The body is not well-formed JSON in UTF-8.");
    }
    return null;
  }

  private static Problem ofMismatch(MismatchedInputException mismatch) {
    String field = path(mismatch);
    if (mismatch instanceof RejectedValueException) {
      return Problem.unprocessable(field, String.valueOf(mismatch.getOriginalMessage()));
    }
    if (field.isEmpty()) {
      return Problem.badRequest("The body must be one JSON object.");
    }
    Class<?> target = mismatch.getTargetType();
    String rule = target == null ? null : RULES.get(target);
    return Problem.unprocessable(field, rule == null ? "has the wrong type" : rule);
  }

  private static String path(JacksonException failure) {
    StringBuilder path = new StringBuilder();
    for (JacksonException.Reference step : failure.getPath()) {
      String name = step.getPropertyName();
      if (name != null) {
        path.append(path.isEmpty() ? "" : ".").append(name);
      }
    }
    return path.toString();
  }
}
