// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.web;

/** A secret that is none, for tests of other packages. */
public final class ServerSecretFixture {

  private ServerSecretFixture() {}

  /** Returns a secret whose key is 32 zero bytes. */
  public static ServerSecret zero() {
    return new ServerSecret(new byte[32]);
  }
}
