// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.cache.CacheMetric;
import io.scalingtoolkit.cache.http.PurgeMetric;
import io.scalingtoolkit.core.metrics.CoreMetric;
import io.scalingtoolkit.replication.metrics.ReplicationMetric;
import io.scalingtoolkit.sharding.metrics.ShardingMetric;
import io.scalingtoolkit.spring.StarterMetric;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The metrics page lists what the modules emit, no more and no less. */
class MetricsTest {
  @Test
  void table_ofTheMetricsPage_equalsTheEnums() {
    List<String> listed =
        Tree.lines(Tree.ROOT.resolve("docs/metrics.md")).stream()
            .filter(line -> line.startsWith("| `toolkit-"))
            .map(line -> line.substring(0, line.lastIndexOf(" | ")))
            .toList();

    Stream<String> core =
        Stream.of(CoreMetric.values())
            .map(
                metric ->
                    "| `toolkit-core` | `%s` | %s | %s"
                        .formatted(
                            metric.id(), metric.baseUnit(), String.join(", ", metric.tagKeys())));
    Stream<String> replication =
        Stream.of(ReplicationMetric.values())
            .map(
                metric ->
                    "| `toolkit-replication` | `%s` | %s | %s"
                        .formatted(
                            metric.id(), metric.baseUnit(), String.join(", ", metric.tagKeys())));
    Stream<String> cache =
        Stream.of(CacheMetric.values())
            .map(
                metric ->
                    "| `toolkit-cache` | `%s` | %s | %s"
                        .formatted(
                            metric.id(), metric.baseUnit(), String.join(", ", metric.tagKeys())));
    Stream<String> purges =
        Stream.of(PurgeMetric.values())
            .map(
                metric ->
                    "| `toolkit-cache` | `%s` | %s | %s"
                        .formatted(
                            metric.id(), metric.baseUnit(), String.join(", ", metric.tagKeys())));
    Stream<String> sharding =
        Stream.of(ShardingMetric.values())
            .map(
                metric ->
                    "| `toolkit-sharding` | `%s` | %s | %s"
                        .formatted(
                            metric.id(), metric.baseUnit(), String.join(", ", metric.tagKeys())));
    Stream<String> starter =
        Stream.of(StarterMetric.values())
            .map(
                metric ->
                    "| `toolkit-spring-boot-starter` | `%s` | %s | %s"
                        .formatted(
                            metric.id(), metric.baseUnit(), String.join(", ", metric.tagKeys())));
    List<String> emitted =
        Stream.of(core, replication, cache, purges, sharding, starter).flatMap(rows -> rows).toList();

    assertThat(listed).containsExactlyElementsOf(emitted);
  }
}
