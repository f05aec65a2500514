// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.sql;

import org.springframework.dao.NonTransientDataAccessResourceException;

/** A write was refused because the database or its disk has no space left. */
public final class StorageFullException extends NonTransientDataAccessResourceException {

  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message what was being done
   * @param cause what the driver or the file system said
   */
  public StorageFullException(String message, Throwable cause) {
    super(message, cause);
  }
}
