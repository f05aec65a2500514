// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.mysql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ServerSettingsTest {
  @Test
  void options_dashOrUnderscore_areTheSameSetting() {
    ServerSettings settings =
        ServerSettings.NONE.with("max_connections", "10").with("max-connections", "20");

    assertThat(settings.options()).containsExactly("--max-connections=20");
    assertThat(ServerSettings.NONE.options()).isEmpty();
  }

  @Test
  void with_optionOfTheCluster_isRefused() {
    assertThatThrownBy(() -> ServerSettings.NONE.with("server_id", "7"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("setting server_id belongs to the cluster itself; got '7'");
  }

  @Test
  void with_malformedName_isRefused() {
    for (String name : new String[] {"", "Upper", "a b", "-x", "x=1"}) {
      assertThatThrownBy(() -> ServerSettings.NONE.with(name, "1"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("a setting's name must match [a-z][a-z0-9_-]*; got '" + name + "'");
    }
  }

  @Test
  void with_controlCharacterInTheValue_isRefused() {
    assertThatThrownBy(() -> ServerSettings.NONE.with("init_connect", "a\nb"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("init_connect must not have control characters");
  }

  @Test
  void replicas_outOfRange_isRefused() {
    for (int count : new int[] {-1, 9}) {
      assertThatThrownBy(() -> MariaDbCluster.builder().replicas(count))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("replicas must be from 0 to 8; got " + count);
    }
  }
}
