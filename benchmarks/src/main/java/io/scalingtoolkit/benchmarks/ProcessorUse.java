// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** Processor time of server, driver and machine from the construction on. Confined. */
final class ProcessorUse {
  private final ServerProcess server;
  private final OptionalLong serverBefore;
  private final OptionalLong driverBefore = driver();
  private final OptionalDouble busyBefore = Machine.busySeconds();

  ProcessorUse(ServerProcess server) {
    this.server = server;
    this.serverBefore = server.cpuNanos();
  }

  List<Row> rows(double took) {
    OptionalDouble busy = Machine.busySeconds();
    OptionalLong driver = driver();
    return List.of(
        Row.info("server CPU", server.cores(serverBefore, took), "cores"),
        Row.info(
            "driver CPU",
            driver.isEmpty() || driverBefore.isEmpty()
                ? null
                : (driver.getAsLong() - driverBefore.getAsLong()) / (took * 1e9),
            "cores"),
        Row.info(
            "machine CPU, all processes",
            busy.isEmpty() || busyBefore.isEmpty()
                ? null
                : (busy.getAsDouble() - busyBefore.getAsDouble()) / took,
            "cores"),
        Row.info("server memory peak", server.peakMebibytes(), "MiB"));
  }

  private static OptionalLong driver() {
    return ProcessHandle.current()
        .info()
        .totalCpuDuration()
        .map(time -> OptionalLong.of(time.toNanos()))
        .orElse(OptionalLong.empty());
  }
}
