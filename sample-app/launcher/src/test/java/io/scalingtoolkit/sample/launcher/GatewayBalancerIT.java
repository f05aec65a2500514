// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

/** {@code --lb gateway} keeps the contract. */
class GatewayBalancerIT extends BalancerContract {

  GatewayBalancerIT() {
    super(BalancerKind.GATEWAY);
  }
}
