// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.unique;

import java.sql.SQLIntegrityConstraintViolationException;

/**
 * Somebody has the value, or has just reserved it: what a unique index of a single database says,
 * with the same SQLState.
 */
public final class ValueTakenException extends SQLIntegrityConstraintViolationException {
  private static final long serialVersionUID = 1L;

  /** Part of the exception's serialized form, and a record is not serializable. */
  private final String namespace;

  ValueTakenException(UniqueValue value) {
    super("the value is taken: " + value, "23505");
    this.namespace = value.namespace();
  }

  /** The namespace of the value that is taken. */
  public String namespace() {
    return namespace;
  }
}
