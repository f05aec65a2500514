// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where things lie in a checkout of the project. Immutable.
 *
 * @param root absolute path of the project folder
 */
record Project(Path root) {

  /** The folder that the {@code run} script names, or the working folder without it. */
  static Project current() {
    return new Project(
        Path.of(System.getProperty("scalingtoolkit.root", "")).toAbsolutePath().normalize());
  }

  /** The packaged application. */
  Path appJar() {
    return root.resolve("sample-app/app/target/sample-app.jar");
  }

  /** Unpacked application and start-up archives; may be deleted at any time. */
  Path preparedFolder() {
    return root.resolve("sample-app/launcher/target/run");
  }

  /** One file for each running application. */
  Path stateFolder() {
    return root.resolve("data/run");
  }

  /**
   * Where a phase keeps its data unless told otherwise: in a folder of its own or, where that does
   * not exist, in that of phase 1 if its users have moved to that database.
   */
  Path defaultData(int phase, Database database) {
    String suffix = database.hasServer() ? "-" + database.word() : "";
    Path own = root.resolve("data/phase-" + phase + suffix);
    Path first = root.resolve("data/phase-1");
    boolean moved =
        phase == 2
            && Files.notExists(own)
            && MoveNote.read(first)
                .filter(note -> note.moved() && note.database() == database)
                .isPresent();
    return moved ? first : own;
  }
}
