// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.ops;

/** The application cannot work here; the message is one line for the person who started it. */
final class StartRefusedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  StartRefusedException(String line) {
    super(line);
  }

  StartRefusedException(String line, Throwable cause) {
    super(line, cause);
  }
}
