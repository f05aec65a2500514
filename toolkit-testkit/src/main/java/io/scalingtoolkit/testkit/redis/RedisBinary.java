// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.redis;

import io.scalingtoolkit.testkit.EngineException;
import io.scalingtoolkit.testkit.process.ArtifactCache;
import io.scalingtoolkit.testkit.process.ArtifactSource;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/** Where the {@code redis-server} program comes from. Immutable. */
enum RedisBinary {
  /** Redis 7.0.15 out of a Maven artifact. */
  BUNDLED,
  /** The first {@code redis-server} on the command path. */
  PATH;

  static final String SETTING = "toolkit.redis";

  private static final String PROGRAM = "redis-server";
  private static final String ARTIFACT = "org.signal:embedded-redis";

  /**
   * The choice of the system property {@value #SETTING}.
   *
   * @throws EngineException when it has an unknown value
   */
  static RedisBinary configured() {
    String value = System.getProperty(SETTING, "bundled");
    return switch (value) {
      case "bundled" -> BUNDLED;
      case "path" -> PATH;
      default ->
          throw new EngineException(
              "system property " + SETTING + " must be 'bundled' or 'path'; got '" + value + "'");
    };
  }

  /** Why this machine has no such program, or nothing when it has one. */
  Optional<String> unavailable() {
    if (this == PATH) {
      String path = System.getenv().getOrDefault("PATH", "");
      return onPath(path).isPresent()
          ? Optional.empty()
          : Optional.of(
              "the command path must have an executable "
                  + PROGRAM
                  + " when one is asked for by fromPath() or -D"
                  + SETTING
                  + "=path; PATH is "
                  + path);
    }
    ArtifactSource source = bundled();
    return source.isPresent()
        ? Optional.empty()
        : Optional.of(ARTIFACT + " on the class path must have " + source.resource());
  }

  /**
   * The absolute path of the program, unpacked when needed.
   *
   * @throws EngineException when there is none; the message says what must be there
   */
  Path locate() {
    Optional<String> reason = unavailable();
    if (reason.isPresent()) {
      throw new EngineException(reason.get());
    }
    if (this == PATH) {
      return onPath(System.getenv("PATH")).orElseThrow();
    }
    return ArtifactCache.unpack("redis", bundled()).resolve(PROGRAM);
  }

  /**
   * The first executable on a command path. Links are kept as they are: Debian's redis-server is a
   * link to a program that decides by its name what it is.
   */
  static Optional<Path> onPath(String path) {
    for (String directory : path.split(File.pathSeparator, -1)) {
      Path program = Path.of(directory.isEmpty() ? "." : directory).resolve(PROGRAM);
      if (Files.isRegularFile(program) && Files.isExecutable(program)) {
        return Optional.of(program.toAbsolutePath());
      }
    }
    return Optional.empty();
  }

  private static ArtifactSource bundled() {
    String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    String arch = System.getProperty("os.arch", "");
    String system = os.startsWith("mac") ? "darwin" : os.startsWith("linux") ? "linux" : os;
    String machine =
        switch (arch) {
          case "amd64", "x86_64" -> "amd64";
          case "aarch64", "arm64" -> "arm64";
          case "x86", "i386" -> "386";
          default -> arch;
        };
    return new ArtifactSource.SingleFile(
        "redis-server-7.0.15-" + system + "-" + machine, ARTIFACT, PROGRAM);
  }
}
