// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The load balancers that {@code --lb} can name. */
enum BalancerKind {
  /** The project's own, which runs wherever the application does. */
  GATEWAY,
  NGINX,
  HAPROXY;

  /** The word on the command line, which is the name of the program as well. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Reads the word.
   *
   * @throws IllegalArgumentException with the rule when it is another one
   */
  static BalancerKind of(String word) {
    return Arrays.stream(values())
        .filter(kind -> kind.word().equals(word))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "--lb must be one of "
                        + Arrays.stream(values())
                            .map(BalancerKind::word)
                            .collect(Collectors.joining(", "))
                        + "; got "
                        + word));
  }

  /** Why this machine cannot run it; empty when it can. */
  Optional<String> unavailable() {
    return this == GATEWAY || program().isPresent()
        ? Optional.empty()
        : Optional.of(
            "--lb %s needs the program %s, which is not on the path; on Debian: apt-get install %s"
                .formatted(word(), word(), this == NGINX ? "nginx-light" : word()));
  }

  /** The installed program; system programs are found also where the path leaves them out. */
  Optional<Path> program() {
    return Executables.find(word())
        .or(
            () ->
                Stream.of("/usr/sbin", "/usr/local/sbin")
                    .map(folder -> Path.of(folder, word()))
                    .filter(Files::isExecutable)
                    .findFirst());
  }
}
