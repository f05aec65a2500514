// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The load balancers that {@code --lb} can name. */
enum BalancerKind {
  GATEWAY,
  NGINX,
  HAPROXY;

  /**
   * Reads the word.
   *
   * @throws IllegalArgumentException with the rule when it is another one
   */
  static BalancerKind of(String word) {
    return Arrays.stream(values())
        .filter(kind -> kind.name().toLowerCase(Locale.ROOT).equals(word))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "--lb must be one of gateway, nginx, haproxy; got " + word));
  }

  /** Why it cannot run on this machine; empty when it can. */
  Optional<String> unavailable() {
    return Optional.empty();
  }
}
