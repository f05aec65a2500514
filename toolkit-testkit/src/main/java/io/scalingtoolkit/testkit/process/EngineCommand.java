// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.process;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A command line that runs as an engine node, with everything a host needs to run it elsewhere.
 *
 * <p>The paths in it are valid on this machine; a host that runs the command in a container mounts
 * {@code home} and the workspace at the same paths. Immutable.
 *
 * @param node short name of the node, for messages and container names, for example {@code
 *     pg1-primary}
 * @param argv program (an absolute path) and its arguments
 * @param env variables added to the environment
 * @param home directory that holds the engine's program and libraries
 * @param directory working directory; must lie in the workspace, because a process is known to
 *     belong to us by it
 * @param log file that receives standard output and standard error, appended
 * @param refusesRoot whether the program refuses to run with user id 0
 */
public record EngineCommand(
    String node,
    List<String> argv,
    Map<String, String> env,
    Path home,
    Path directory,
    Path log,
    boolean refusesRoot) {

  /** Copies the collections. */
  public EngineCommand {
    argv = List.copyOf(argv);
    env = Map.copyOf(env);
    if (argv.isEmpty()) {
      throw new IllegalArgumentException("argv of " + node + " must name a program; got []");
    }
  }
}
