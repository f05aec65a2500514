// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What a {@link Keeper} process runs; not for users, who have no use for its options. */
@Command(name = "keep", hidden = true)
final class KeepCommand implements Callable<Integer> {

  private final Keeper keeper;

  @Option(names = "--port")
  private int port;

  @Option(names = "--db")
  private String db = "";

  @Option(names = "--soak")
  private String soak = "";

  KeepCommand(Keeper keeper) {
    this.keeper = keeper;
  }

  @Override
  public Integer call() throws InterruptedException {
    return keeper.keep(new Keeper.Options(port, Database.of(db), soak));
  }
}
