// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class NodeOptionsTest {
  @Test
  void lines_defaults_keepNothingOnDisk() {
    NodeOptions.Settings settings =
        new NodeOptions.Settings(Path.of("/x/redis-server"), null, false, Map.of());

    assertThat(settings.lines().toString().lines())
        .contains("bind 127.0.0.1", "save \"\"", "appendonly no")
        .noneMatch(line -> line.startsWith("requirepass"));
  }

  @Test
  void clustered_settingByHand_winsOverTheDefault() {
    NodeOptions.Settings settings =
        new NodeOptions.Settings(
                Path.of("/x/redis-server"), null, false, Map.of("cluster-node-timeout", "77"))
            .clustered(Duration.ofSeconds(2));

    assertThat(settings.lines().toString().lines())
        .contains("cluster-enabled yes", "cluster-node-timeout 77")
        .doesNotContain("cluster-node-timeout 2000");
  }

  @Test
  void quote_specialCharacters_areEscapedByByte() {
    assertThat(NodeOptions.quote("a \"b\"\\\n\u00fc"))
        .isEqualTo("\"a \\x22b\\x22\\x5c\\x0a\\xc3\\xbc\"");
  }

  @Test
  void options_badInput_nameRuleAndValue() {
    NodeOptions options = new NodeOptions();

    assertThatThrownBy(() -> options.setting("Max Memory", "1"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a setting's name must consist of a-z, 0-9 and '-'; got 'Max Memory'");
    assertThatThrownBy(() -> options.setting("save", "1 1\nport 5"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the value of setting save must be one line; got '1 1\nport 5'");
    assertThatThrownBy(() -> options.setting("port", "1"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("setting port must be left to the testkit; got '1'");
    assertThatThrownBy(() -> options.password(""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("password must have at least one character; got none");
    assertThatThrownBy(() -> RedisCluster.builder().masters(0))
        .hasMessage("masters must be from 1 to 16; got 0");
    assertThatThrownBy(() -> RedisCluster.builder().replicasPerMaster(5))
        .hasMessage("replicasPerMaster must be from 0 to 4; got 5");
    assertThatThrownBy(() -> RedisCluster.builder().nodeTimeout(Duration.ofMillis(99)))
        .hasMessage("nodeTimeout must be from PT0.1S to PT1M; got PT0.099S");
    assertThatThrownBy(() -> RedisServer.builder().replicas(-1))
        .hasMessage("replicas must be from 0 to 16; got -1");
    assertThatThrownBy(() -> RedisServer.builder().maxMemory(0, "noeviction"))
        .hasMessage("maxMemory must be at least 1 MB; got 0");
  }
}
