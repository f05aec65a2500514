// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import org.jspecify.annotations.Nullable;

/**
 * A value could not be loaded, for a reason that is not an unchecked exception of the loader, which
 * is passed on as it is: a checked one, which is the cause, a time limit or an interrupt.
 */
public final class CacheLoadException extends RuntimeException {
  private static final long serialVersionUID = 1;

  CacheLoadException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
