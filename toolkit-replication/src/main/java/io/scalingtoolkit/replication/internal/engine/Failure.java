// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.engine;

/** What an error of the database means for routing. */
public enum Failure {
  /** The server refused to write because it is a replica or read-only; nothing happened. */
  REFUSED_WRITE,
  /** The server can not run the statement because it is a replica; nothing happened. */
  NOT_ON_A_REPLICA,
  /** The server cancelled a read because of what it had to replay. */
  RECOVERY_CONFLICT,
  /** The connection is lost or the server is going down. */
  CONNECTION_LOST,
  /** The fault lies in the statement or its data. */
  STATEMENT
}
