// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.core.metrics.CoreMetric;
import io.scalingtoolkit.spring.StarterMetric;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The metrics page lists what the modules emit, no more and no less. */
class MetricsTest {
  @Test
  void table_ofTheMetricsPage_equalsTheEnums() {
    List<String> rows =
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
    Stream<String> starter =
        Stream.of(StarterMetric.values())
            .map(
                metric ->
                    "| `toolkit-spring-boot-starter` | `%s` | %s | "
                        .formatted(metric.id(), metric.baseUnit()));
    List<String> emitted = Stream.concat(core, starter).toList();

    assertThat(rows).containsExactlyElementsOf(emitted);
  }
}
