// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What a successful start of phase 3 prints. Immutable.
 *
 * @param state what runs
 * @param options what was asked for
 * @param data its data folder
 * @param started what has come up
 */
record FleetReport(RunState state, Start.Options options, DataFolder data, Fleet.Report started) {

  private static final double NANOS_PER_SECOND = 1e9;

  void print(PrintStream out, long startNanos, boolean detached) {
    String url = "http://localhost:" + state.port();
    List<String> steps = new ArrayList<>(StartReport.firstSteps(url));
    steps.add("./run shards --port " + state.port());
    String report =
        """
        Scaling Toolkit, phase %d: %d instances behind a load balancer, %s in %d shards, ready after %s s
          URL     %s   (API: %s/swagger-ui.html)
          data    %s
          %s
        %s%s  memory  %d MiB in all
          pid     %d
        %s
        First steps, to paste into another terminal:
        %s

        %s
        """
            .formatted(
                state.phase(),
                started.instances().size(),
                options.database().product(),
                started.shards(),
                String.format(Locale.ROOT, "%.1f", startNanos / NANOS_PER_SECOND),
                url,
                url,
                data.path(),
                started.balancer(),
                started.instances().stream().map(this::instance).collect(Collectors.joining()),
                started.engines().stream()
                    .map(line -> "  " + line + "\n")
                    .collect(Collectors.joining()),
                Memory.ofAll(),
                state.process().pid(),
                started.joining()
                    ? "\nA shard was added and has not got all of its share: ./run shards resume --port "
                        + state.port()
                        + "\n"
                    : "",
                String.join("\n", steps),
                (detached ? "Stop with " : "Stop with Ctrl-C, or ")
                    + "./run stop --port "
                    + state.port());
    out.print(report);
    out.flush();
  }

  private String instance(Instances.Status instance) {
    return "  app %d   on 127.0.0.1:%d, %d MiB, heap limit %s, log %s%n"
        .formatted(
            instance.number(),
            instance.port(),
            instance.memoryMib(),
            Program.HEAP,
            data.path().resolve("instance-" + instance.number() + "/logs/app.log"));
  }
}
