// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BalancerKindTest {

  @Test
  void of_everyWord_isItsKind() {
    assertThat(BalancerKind.of("gateway")).isEqualTo(BalancerKind.GATEWAY);
    assertThat(BalancerKind.of("nginx")).isEqualTo(BalancerKind.NGINX);
    assertThat(BalancerKind.of("haproxy")).isEqualTo(BalancerKind.HAPROXY);
  }

  @Test
  void of_otherWord_namesOptionRuleAndValue() {
    assertThatThrownBy(() -> BalancerKind.of("Nginx"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("--lb must be one of gateway, nginx, haproxy; got Nginx");
  }

  @Test
  void unavailable_gateway_runsEverywhere() {
    assertThat(BalancerKind.GATEWAY.unavailable()).isEmpty();
  }

  @Test
  void unavailable_missingProgram_namesItAndSaysWhatToDo() {
    for (BalancerKind kind : List.of(BalancerKind.NGINX, BalancerKind.HAPROXY)) {
      if (kind.program().isEmpty()) {
        assertThat(kind.unavailable().orElseThrow())
            .contains("--lb " + kind.word(), "not on the path", "apt-get install");
      } else {
        assertThat(kind.unavailable()).isEmpty();
      }
    }
  }

  @Test
  void start_gatewayHasNotBeenBuilt_saysSo(@TempDir Path root) {
    assertThatThrownBy(
            () ->
                Balancer.start(
                    BalancerKind.GATEWAY, new Project(root), 1, List.of(), root.resolve("lb")))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("gateway.jar is missing");
  }
}
