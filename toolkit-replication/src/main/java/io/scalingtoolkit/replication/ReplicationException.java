// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

/** A data source over replicas cannot be built or changed as asked; the message says why. */
public final class ReplicationException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ReplicationException(String message, Throwable cause) {
    super(message, cause);
  }

  ReplicationException(String message) {
    super(message);
  }
}
