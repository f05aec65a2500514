// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

/** {@code --lb nginx} keeps the contract. */
class NginxBalancerIT extends BalancerContract {

  NginxBalancerIT() {
    super(BalancerKind.NGINX);
  }
}
