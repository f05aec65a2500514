// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import static io.scalingtoolkit.benchmarks.Measurements.millis;

import io.scalingtoolkit.testkit.redis.RedisServer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What the cache does for the sample application in phase 2. Confined. */
@Command(
    name = "phase-2-cache",
    description =
        "The load of phase 2 without faults, in turn on the sample application without a cache and"
            + " with one, over the same primary and replicas.",
    mixinStandardHelpOptions = true)
final class CachedReads implements Callable<Integer> {
  private static final int WINDOW_SECONDS = 5;
  private static final int USERS = 50;
  private static final int ITEMS = 2_000;
  private static final double LEAST_CUT_PERCENT = 80;
  private static final int[] WARM_UP_DIVISORS = {10, 4, 2, 1};

  @Mixin
  @SuppressWarnings("NullAway.Init")
  private Output output;

  @Option(names = "--rate", paramLabel = "N", description = "Requests a second (default: 250).")
  private int rate = 250;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      description = "Length of a load, 5 to 120 (default: 20).")
  private int seconds = 20;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      description = "Loads of each, 1 to 20, after a warm-up (default: 3).")
  private int rounds = 3;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "Decides arrivals, operations and keys (default: 1).")
  private long seed = 1;

  @Option(names = "--redis", description = "Keep values in Redis as well as in memory.")
  private boolean redis;

  @Override
  public Integer call() throws IOException, InterruptedException {
    output.require(rate >= 1 && rate <= 2_000, "--rate must be 1 to 2000", rate);
    output.require(seconds >= 5 && seconds <= 120, "--seconds must be 5 to 120", seconds);
    output.require(rounds >= 1 && rounds <= 20, "--rounds must be 1 to 20", rounds);
    output.check();
    try (ReplicatedDatabase servers = ReplicatedDatabase.start(Database.POSTGRES);
        @Nullable RedisServer store = redis ? RedisServer.start() : null) {
      return output.publish(measure(servers, store));
    }
  }

  /** One load on one of the two applications. */
  private record Load(Measurements measurements, double took, double reads, double cores) {
    double p95() {
      return millis(measurements.all(), 95);
    }

    double p50() {
      return millis(measurements.all(), 50);
    }

    double readsPerRequest() {
      return reads / measurements.all().getTotalCount();
    }
  }

  /** An application under loads, with users of its own. */
  private final class Side implements AutoCloseable {
    private final ServerProcess server;
    private final SampleApi api;
    private final SessionTarget target;
    private final List<Load> loads = new ArrayList<>();

    Side(ReplicatedDatabase servers, Map<String, String> more)
        throws IOException, InterruptedException {
      Map<String, String> environment = new HashMap<>(servers.environment());
      environment.put("APP_SECURITY_SESSIONSPERUSER", "1000");
      environment.putAll(more);
      server = ServerProcess.start(output.application(), environment);
      api = SampleApi.ofNewUsers(server.url());
      api.seed(USERS, ITEMS);
      target = new SessionTarget(api, true);
    }

    /** Rises in steps: a JVM that has compiled nothing yet cannot carry the whole rate. */
    void warmUp() throws InterruptedException {
      for (int divisor : WARM_UP_DIVISORS) {
        Schedule schedule =
            Schedule.of(Math.max(1, rate / divisor), seconds / 2 + 1, ITEMS, ~seed - divisor);
        new OpenLoop(target).run(schedule, new Measurements(seconds / 2 + 1, WINDOW_SECONDS));
      }
    }

    Load load(long salt) throws InterruptedException {
      Measurements measurements = new Measurements(seconds, WINDOW_SECONDS);
      double before = PhaseTwo.reads(PhaseTwo.decisions(api));
      long busy = server.cpuNanos().orElse(0);
      double took = new OpenLoop(target).run(Schedule.of(rate, seconds, ITEMS, salt), measurements);
      double reads = PhaseTwo.reads(PhaseTwo.decisions(api)) - before;
      double cores = (server.cpuNanos().orElse(0) - busy) / (took * 1e9);
      if (OpenLoop.saturated(measurements)) {
        throw new BenchmarkException(
            "the run is void: the driver is saturated, 1 in 100 requests started %s ms late or more"
                .formatted(Row.number(millis(measurements.lateness(), 99))));
      }
      return new Load(measurements, took, reads, cores);
    }

    double median(ToDoubleFunction<Load> figure) {
      double[] values = loads.stream().mapToDouble(figure).sorted().toArray();
      return values[values.length / 2];
    }

    double errors() {
      return loads.stream().mapToLong(load -> load.measurements().errors()).sum();
    }

    @Override
    public void close() {
      api.close();
      server.close();
    }
  }

  private Report measure(ReplicatedDatabase servers, @Nullable RedisServer store)
      throws IOException, InterruptedException {
    Map<String, String> cache =
        new HashMap<>(Map.of("TOOLKIT_CACHE_ENABLED", "true", "APP_SECURITY_SESSIONCACHE", "true"));
    if (store != null) {
      cache.put("TOOLKIT_CACHE_DEFAULTS_TIER", "both");
      cache.put("TOOLKIT_CACHE_REDIS_URI", store.uri());
    }
    try (Side bare = new Side(servers, Map.of());
        Side cached = new Side(servers, cache)) {
      servers.awaitCaughtUp();
      output.progress("warming up");
      bare.warmUp();
      cached.warmUp();
      for (int round = 1; round <= rounds; round++) {
        List<Side> order = round % 2 == 0 ? List.of(bare, cached) : List.of(cached, bare);
        for (Side side : order) {
          output.progress(
              "round %d of %d, %s".formatted(round, rounds, side == bare ? "without" : "with"));
          side.loads.add(side.load(seed + round));
        }
      }
      return report(bare, cached);
    }
  }

  private Report report(Side bare, Side cached) {
    double without = bare.median(Load::readsPerRequest);
    double with = cached.median(Load::readsPerRequest);
    ReadCounts counts = cached.target.counts();
    List<Row> rows = new ArrayList<>();
    rows.add(Row.exactly("errors without", bare.errors(), "count", 0));
    rows.add(Row.exactly("errors with", cached.errors(), "count", 0));
    rows.add(
        Row.exactly("stale reads of own writes", (double) counts.olderThanWritten(), "count", 0));
    rows.add(
        Row.exactly(
            "reads older than an earlier one", (double) counts.olderThanRead(), "count", 0));
    rows.add(Row.info("own writes read back", (double) counts.ownWrites(), "count"));
    double p95 = bare.median(Load::p95);
    rows.add(Row.below("p95", cached.median(Load::p95), "ms", p95, p95));
    rows.add(new Row("p50", cached.median(Load::p50), "ms", bare.median(Load::p50), null));
    rows.add(new Row("cores", cached.median(Load::cores), "", bare.median(Load::cores), null));
    rows.add(new Row("database reads a request", with, "", without, null));
    rows.add(
        Row.atLeast(
            "database reads cut", 100 * (1 - with / without), "%", null, LEAST_CUT_PERCENT));
    for (Kind kind : List.of(Kind.READ_ITEM, Kind.READ_USER, Kind.LIST_ITEMS)) {
      ToDoubleFunction<Load> p50 = load -> millis(load.measurements().of(kind), 50);
      rows.add(new Row("p50 " + kind.label(), cached.median(p50), "ms", bare.median(p50), null));
    }
    for (Side side : List.of(bare, cached)) {
      double[] each = side.loads.stream().mapToDouble(Load::p95).toArray();
      rows.add(
          Row.info(
              "slowest round, p95 " + (side == bare ? "without" : "with"),
              Arrays.stream(each).max().orElseThrow(),
              "ms"));
    }
    return new Report("phase-2-cache", facts(), rows, List.of(), List.of());
  }

  private Map<String, String> facts() {
    Map<String, String> facts = output.facts();
    facts.put("server", "packaged jar, " + String.join(" ", ServerProcess.JVM_OPTIONS));
    facts.put("cache", redis ? "memory and Redis" : "memory");
    facts.put(
        "load",
        "%d requests/s for %d s, %d times each in turn, seed %d, %d users, %d items, Zipf %s"
            .formatted(rate, seconds, rounds, seed, USERS, ITEMS, Schedule.ZIPF_EXPONENT));
    facts.put("baseline", "the same without a cache");
    facts.put("load average", "%.1f".formatted(Machine.loadAverage()));
    return facts;
  }
}
