// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

final class FleetReportTest {

  private static final ProcessIdentity SELF =
      ProcessIdentity.of(ProcessHandle.current().pid()).orElseThrow();

  @Test
  void print_listsEverythingThatRuns() {
    Path data = Path.of("/srv/data");
    RunState state =
        new RunState(3, 8081, data, Path.of("/srv/app.jar"), SELF, true, Path.of("/srv/c"));
    Start.Options options =
        new Start.Options(3, Database.MARIADB, false, 8081, data, true, 2, BalancerKind.NGINX);
    Fleet.Report started =
        new Fleet.Report(
            List.of("shard   s1", "  engine  here", "redis   there"),
            List.of(new Instances.Status(1, 23001, 210), new Instances.Status(2, 23002, 190)),
            "lb      nginx on 8081",
            2,
            true);
    ByteArrayOutputStream out = new ByteArrayOutputStream();

    new FleetReport(state, options, new DataFolder(data), started)
        .print(new PrintStream(out, true, StandardCharsets.UTF_8), 12_345_000_000L, true);

    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains(
            "phase 3: 2 instances behind a load balancer, MariaDB in 2 shards, ready after 12.3 s",
            "http://localhost:8081",
            "  lb      nginx on 8081\n",
            "  app 1   on 127.0.0.1:23001, 210 MiB",
            "  app 2   on 127.0.0.1:23002, 190 MiB",
            "/srv/data/instance-2/logs/app.log",
            "  shard   s1\n    engine  here\n  redis   there\n",
            "./run shards --port 8081",
            "A shard was added and has not got all of its share: ./run shards resume --port 8081",
            "Stop with ./run stop --port 8081")
        .containsPattern("memory +\\d+ MiB in all")
        .contains("pid     " + SELF.pid());
  }
}
