// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** What the script calls after a build, and a start without an archive; not for users. */
@Command(name = "prepare", hidden = true)
final class PrepareCommand implements Callable<Integer> {

  private final RunStates states;
  private final List<PreparedFolder> prepared;

  PrepareCommand(RunStates states, List<PreparedFolder> prepared) {
    this.states = states;
    this.prepared = prepared;
  }

  @Override
  public Integer call() throws InterruptedException {
    boolean recorded = true;
    for (PreparedFolder folder : prepared) {
      Program program = states.exclusively(folder::program);
      recorded &= folder.record(program);
    }
    return recorded ? 0 : 1;
  }
}
