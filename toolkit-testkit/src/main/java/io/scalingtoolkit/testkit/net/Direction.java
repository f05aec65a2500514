// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.net;

/** The two ways bytes travel through a {@link FaultProxy}. Immutable. */
public enum Direction {
  /** From the client that dialled the proxy towards the server behind it. */
  TO_SERVER,
  /** From the server behind the proxy towards the client that dialled it. */
  TO_CLIENT
}
