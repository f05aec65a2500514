// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** A launcher that can be killed: starts a balancer and waits for its own end. */
final class BalancerStarter {

  private BalancerStarter() {}

  public static void main(String[] args) throws InterruptedException {
    Balancer.start(
        BalancerKind.of(args[0]),
        new Project(Path.of(args[1])),
        Integer.parseInt(args[2]),
        List.of(Integer.parseInt(args[3])),
        Path.of(args[4]));
    new CountDownLatch(1).await();
  }
}
