// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.cache;

import org.jspecify.annotations.Nullable;

/** A value that was loaded and cannot be made bytes of; it is the caller's all the same. */
final class UnencodableValueException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient Object value;

  UnencodableValueException(Object value, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.value = value;
  }

  Object value() {
    return value;
  }
}
