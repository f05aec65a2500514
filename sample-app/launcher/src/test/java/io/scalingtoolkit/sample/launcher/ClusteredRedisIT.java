// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

final class ClusteredRedisIT {

  @Test
  void start_tellsTheApplicationOfAClusterForLimitsAndAnotherForCaches() {
    try (Engines engines = ClusteredRedis.start(Engines.NONE, 3)) {
      Map<String, String> environment = engines.environment();
      assertThat(environment)
          .containsEntry("TOOLKIT_LIMITS_BACKEND", "redis")
          .containsEntry("TOOLKIT_LIMITS_REDIS_CLUSTER", "true")
          .containsEntry("TOOLKIT_LIMITS_REDIS_ASSUMEDNODES", "3")
          .containsEntry("TOOLKIT_CACHE_DEFAULTS_TIER", "both")
          .containsEntry("TOOLKIT_CACHE_REDIS_CLUSTER", "true");
      assertThat(environment.get("TOOLKIT_LIMITS_REDIS_URI"))
          .matches("redis://:[0-9a-f]{48}@127\\.0\\.0\\.1:[0-9]+(,127\\.0\\.0\\.1:[0-9]+){5}")
          .isNotEqualTo(environment.get("TOOLKIT_CACHE_REDIS_URI"));
      assertThat(engines.report())
          .hasSize(2)
          .noneMatch(line -> line.contains("@"))
          .allMatch(line -> line.contains("3 primaries with a replica each"));
    }
  }
}
