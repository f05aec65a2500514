// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** What the script calls after a build, and a start without an archive; not for users. */
@Command(name = "prepare", hidden = true)
final class PrepareCommand implements Callable<Integer> {

  private final RunStates states;
  private final PreparedFolder prepared;

  PrepareCommand(RunStates states, PreparedFolder prepared) {
    this.states = states;
    this.prepared = prepared;
  }

  @Override
  public Integer call() throws InterruptedException {
    Program program = states.exclusively(prepared::program);
    return prepared.record(program) ? 0 : 1;
  }
}
