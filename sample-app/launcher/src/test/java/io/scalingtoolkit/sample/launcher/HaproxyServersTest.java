// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HaproxyServersTest {

  private final HaproxyServers two =
      HaproxyServers.unused(3).with(List.of(81, 82), server -> true).orElseThrow();

  @Test
  void with_instanceTakesThePlaceOfAnother_getsAServerThatWasFreeBefore() {
    HaproxyServers changed = two.with(List.of(82, 83), server -> true).orElseThrow();

    assertThat(changed.commandsFrom(two))
        .containsExactly(
            "set server instances/s3 addr 127.0.0.1 port 83",
            "set server instances/s3 state ready",
            "set server instances/s1 state maint");
    assertThat(changed.configuration())
        .isEqualTo(
            """
            backend instances
              server s1 127.0.0.1:81 disabled
              server s2 127.0.0.1:82
              server s3 127.0.0.1:83
            """);
  }

  @Test
  void with_instanceComesBack_getsTheServerItHad() {
    HaproxyServers one = two.with(List.of(82), server -> true).orElseThrow();

    HaproxyServers again = one.with(List.of(81, 82), server -> false).orElseThrow();

    assertThat(again.commandsFrom(one)).containsExactly("set server instances/s1 state ready");
  }

  @Test
  void with_serverHasConnections_isNotGivenToAnother() {
    HaproxyServers one = two.with(List.of(82), server -> true).orElseThrow();

    assertThat(one.with(List.of(82, 83), server -> false)).isEmpty();
    assertThat(one.with(List.of(82, 83), Set.of("instances/s3")::contains).orElseThrow().servers())
        .extracting(HaproxyServers.Server::port)
        .containsExactly(81, 82, 83);
  }

  @Test
  void with_sameInstances_changesNothing() {
    assertThat(two.with(List.of(82, 81), server -> false).orElseThrow().commandsFrom(two))
        .isEmpty();
  }
}
