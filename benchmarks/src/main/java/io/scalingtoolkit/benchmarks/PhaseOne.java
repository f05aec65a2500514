// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import static io.scalingtoolkit.benchmarks.Measurements.millis;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.HdrHistogram.AbstractHistogram;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The load of phase 1 of the case study: one process, about 100 requests a second. Confined. */
@Command(
    name = "phase-1",
    description =
        "Open-loop load on the sample application in its first phase: 90 percent reads,"
            + " 10 percent writes (5 in 1,000 requests are logins), Zipf keys, sessions reused.",
    mixinStandardHelpOptions = true)
final class PhaseOne implements Callable<Integer> {
  private static final double LIMIT_P95_MILLIS = 200;
  private static final double LIMIT_ACHIEVED_PERCENT = 99;
  private static final int WARM_UP_SECONDS = 10;
  private static final int WINDOW_SECONDS = 10;
  private static final int MOST_SECONDS = 300;
  private static final int MOST_RATE = 20_000;

  @Mixin
  @SuppressWarnings("NullAway.Init")
  private Output output;

  @Option(names = "--rate", paramLabel = "N", description = "Requests a second (default: 100).")
  private int rate = 100;

  @Option(names = "--seconds", paramLabel = "N", description = "Length (default: 60).")
  private int seconds = 60;

  @Option(names = "--url", description = "Load a running server instead of starting one.")
  private @Nullable URI url;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "Decides arrivals, operations and keys (default: 1).")
  private long seed = 1;

  @Option(names = "--quick", description = "15 seconds and less data, for a first impression.")
  private boolean quick;

  @Override
  public Integer call() throws IOException, InterruptedException {
    check();
    Report report;
    if (url == null) {
      Path jar = output.application();
      try (ServerProcess server = ServerProcess.start(jar, Map.of());
          SampleApi api = SampleApi.ofNewUsers(server.url())) {
        report = measure(server.url(), api, server);
      }
    } else {
      String address = url.toString().replaceAll("/+$", "");
      try (SampleApi api = SampleApi.ofNewUsers(address)) {
        report = measure(address, api, null);
      }
    }
    return output.publish(report);
  }

  private void check() {
    output.require(rate >= 1 && rate <= MOST_RATE, "--rate must be 1 to " + MOST_RATE, rate);
    output.require(
        seconds >= 1 && seconds <= MOST_SECONDS,
        "--seconds must be 1 to " + MOST_SECONDS + ", because sessions last longer than that",
        seconds);
    if (url != null) {
      boolean http = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
      output.require(http && url.getHost() != null, "--url must be an http address", url);
    }
    output.check();
  }

  private Report measure(String address, SampleApi api, @Nullable ServerProcess server)
      throws InterruptedException {
    int length = quick ? Math.min(seconds, 15) : seconds;
    int users = quick ? 10 : 50;
    int items = quick ? 200 : 2_000;
    api.seed(users, items);
    OpenLoop driver = new OpenLoop(api);
    int warmUp = quick ? WARM_UP_SECONDS / 2 : WARM_UP_SECONDS;
    driver.run(Schedule.of(rate, warmUp, items, ~seed), new Measurements(warmUp, WINDOW_SECONDS));

    Measurements measurements = new Measurements(length, WINDOW_SECONDS);
    OptionalLong cpuBefore = server == null ? OptionalLong.empty() : server.cpuNanos();
    double took = driver.run(Schedule.of(rate, length, items, seed), measurements);
    if (OpenLoop.saturated(measurements)) {
      throw new BenchmarkException(
          "the run is void: the driver is saturated, 1 in 100 requests started %s ms late or more"
              .formatted(Row.number(millis(measurements.lateness(), 99))));
    }
    List<Row> rows = new ArrayList<>(bars(measurements, took));
    rows.add(Row.info("driver lateness p99", millis(measurements.lateness(), 99), "ms"));
    rows.add(
        Row.info("server CPU", server == null ? null : server.cores(cpuBefore, took), "cores"));
    rows.add(Row.info("server memory peak", server == null ? null : server.peakMebibytes(), "MiB"));
    return new Report(
        "phase-1",
        facts(address, users, items, warmUp, length),
        rows,
        Report.curve(measurements, WINDOW_SECONDS),
        List.of());
  }

  private List<Row> bars(Measurements measurements, double took) {
    List<Row> rows = new ArrayList<>();
    double floor = millis(measurements.of(Kind.LIVENESS), 95);
    AbstractHistogram all = measurements.all();
    rows.add(Row.below("p95 overall", millis(all, 95), "ms", floor, LIMIT_P95_MILLIS));
    for (Kind kind : Kind.values()) {
      AbstractHistogram histogram = measurements.of(kind);
      if (kind.isMix() && histogram.getTotalCount() > 0) {
        rows.add(
            Row.below("p95 " + kind.label(), millis(histogram, 95), "ms", floor, LIMIT_P95_MILLIS));
      }
    }
    rows.add(Row.exactly("errors", (double) measurements.errors(), "count", 0));
    double achieved = measurements.answers() / took;
    rows.add(
        Row.atLeast("achieved rate", 100 * achieved / rate, "%", 100.0, LIMIT_ACHIEVED_PERCENT));
    rows.add(Row.info("requests", (double) all.getTotalCount(), "count"));
    rows.add(Row.info("p50 overall", millis(all, 50), "ms"));
    rows.add(Row.info("p99 overall", millis(all, 99), "ms"));
    rows.add(Row.info("max overall", millis(all, 100), "ms"));
    return rows;
  }

  private Map<String, String> facts(String address, int users, int items, int warmUp, int length) {
    Map<String, String> facts = output.facts();
    facts.put(
        "server",
        url == null ? "packaged jar, " + String.join(" ", ServerProcess.JVM_OPTIONS) : address);
    facts.put(
        "load",
        "%d requests/s for %d s after %d s of warm-up, seed %d, %d users, %d items, Zipf %s"
            .formatted(rate, length, warmUp, seed, users, items, Schedule.ZIPF_EXPONENT));
    facts.put("baseline", "p95 of a liveness probe, " + Schedule.LIVENESS_RATE + "/s, same run");
    return facts;
  }
}
