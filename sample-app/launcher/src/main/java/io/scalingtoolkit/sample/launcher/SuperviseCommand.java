// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What a {@link Supervisor} process runs; not for users, who have no use for its options. */
@Command(name = "supervise", hidden = true)
final class SuperviseCommand implements Callable<Integer> {

  private final Start start;

  @Option(names = "--phase")
  private int phase;

  @Option(names = "--db")
  private String db = "";

  @Option(names = "--redis")
  private boolean redis;

  @Option(names = "--port")
  private int port;

  @Option(names = "--data")
  private String data = "";

  @Option(names = "--instances")
  private int instances;

  @Option(names = "--lb")
  private BalancerKind balancer = BalancerKind.GATEWAY;

  @Option(names = "--detach")
  private boolean detach;

  SuperviseCommand(Start start) {
    this.start = start;
  }

  @Override
  public Integer call() throws InterruptedException {
    if (!detach) {
      Thread watch = new Thread(SuperviseCommand::exitWithTheLauncher, "launcher-watch");
      watch.setDaemon(true);
      watch.start();
    }
    return start.supervise(
        new Start.Options(
            phase, Database.of(db), redis, port, Path.of(data), detach, instances, balancer));
  }

  private static void exitWithTheLauncher() {
    try {
      while (System.in.read() >= 0) {
        // The launcher sends nothing.
      }
    } catch (IOException broken) {
      System.exit(0);
    }
    System.exit(0);
  }
}
