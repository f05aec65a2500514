// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

/** {@code --lb haproxy} keeps the contract. */
class HaproxyBalancerIT extends BalancerContract {

  HaproxyBalancerIT() {
    super(BalancerKind.HAPROXY);
  }

  /** HAProxy goes by the chunks, passes on a single message and closes the connection. */
  @Override
  boolean refusesBothLengthAndChunks() {
    return false;
  }
}
