// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.sql;

import org.springframework.dao.PessimisticLockingFailureException;

/**
 * The database ended this transaction in favour of another one, because of a deadlock or because
 * the two cannot be put in an order. Nothing of it was stored; it may be run again.
 */
public final class TransactionLostException extends PessimisticLockingFailureException {

  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message what was being done
   * @param cause what the driver said
   */
  public TransactionLostException(String message, Throwable cause) {
    super(message, cause);
  }
}
