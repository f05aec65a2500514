// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.process;

/** The main class of child JVMs that unpack an engine, as a race or to be killed on the way. */
final class UnpackMain {
  private UnpackMain() {}

  /** Prints when it begins and where the files are. */
  public static void main(String[] arguments) {
    System.out.println("BEGIN now");
    ArtifactSource source =
        new ArtifactSource.Archive("postgres-linux-x86_64.txz", "the PostgreSQL binaries");
    System.out.println("UNPACKED " + ArtifactCache.unpack("postgres", source));
  }
}
