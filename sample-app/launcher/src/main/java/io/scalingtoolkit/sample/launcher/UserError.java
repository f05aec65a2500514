// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

/**
 * A failure that the person at the terminal can act on. Its message is one line that names the
 * setting, the rule and the value.
 */
final class UserError extends RuntimeException {

  private static final long serialVersionUID = 1L;

  UserError(String message) {
    super(oneLine(message));
  }

  UserError(String message, Throwable cause) {
    super(oneLine(message), cause);
  }

  /** Replaces every run of control characters by one space, so that the text stays one line. */
  static String oneLine(String text) {
    return text.replaceAll("\\p{Cntrl}+", " ").strip();
  }

  /** What an I/O failure says, without the path that {@code java.nio} puts in front. */
  static String reason(Exception failure) {
    if (failure instanceof java.nio.file.AccessDeniedException) {
      return "permission denied";
    }
    if (failure instanceof java.nio.file.FileSystemException file && file.getReason() != null) {
      return oneLine(file.getReason());
    }
    String message = failure.getMessage();
    return message == null ? failure.getClass().getSimpleName() : oneLine(message);
  }
}
