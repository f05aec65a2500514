// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import static io.scalingtoolkit.benchmarks.Measurements.millis;

import io.scalingtoolkit.benchmarks.FaultSequence.Fault;
import io.scalingtoolkit.benchmarks.ReplicatedDatabase.Replica;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;
import tools.jackson.databind.JsonNode;

/** The load of phase 2 of the case study: one process, a primary and two replicas. Confined. */
@Command(
    name = "phase-2",
    description =
        "The load of phase 1, five times as much, on the sample application over a primary and two"
            + " replicas, one of which is killed, frozen, held back and restarted in turn."
            + " Sessions carry their bookmark, and their reads are checked.",
    mixinStandardHelpOptions = true)
final class PhaseTwo implements Callable<Integer> {
  private static final double LIMIT_P95_MILLIS = 200;
  private static final double LIMIT_ACHIEVED_PERCENT = 99;
  private static final int WINDOW_SECONDS = 5;
  private static final int LEAST_SECONDS = 36;
  private static final int MOST_SECONDS = 300;
  private static final int MOST_RATE = 2_000;
  private static final Duration HELD = Duration.ofSeconds(3);
  private static final int[] WARM_UP_DIVISORS = {10, 4, 2, 1, 1};

  /** Reasons of a decision for a replica, and for the primary though a replica might have done. */
  private static final Set<String> REPLICA = Set.of("read", "waited", "retried", "trial");

  private static final Set<String> PRIMARY_INSTEAD =
      Set.of(
          "pending",
          "behind",
          "stale",
          "no_replica",
          "replicas_failed",
          "healed",
          "foreign",
          "strong",
          "asked");

  @Mixin
  @SuppressWarnings("NullAway.Init")
  private Output output;

  @Option(names = "--rate", paramLabel = "N", description = "Requests a second (default: 500).")
  private int rate = 500;

  @Option(names = "--seconds", paramLabel = "N", description = "Length (default: 60).")
  private int seconds = 60;

  @Option(
      names = "--db",
      paramLabel = "DB",
      converter = DatabaseName.class,
      description = "postgres, mariadb or mysql (default: postgres).")
  private Database database = Database.POSTGRES;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "Decides arrivals, operations and keys (default: 1).")
  private long seed = 1;

  @Option(names = "--quick", description = "36 seconds and less data, for a first impression.")
  private boolean quick;

  @Option(names = "--log", paramLabel = "FILE", description = "Copy the application's log there.")
  private @Nullable Path log;

  @Option(names = "--without-bookmarks", hidden = true)
  private boolean withoutBookmarks;

  private boolean saturated;
  private double lateMillis;

  @Override
  public Integer call() throws IOException, InterruptedException {
    check();
    Path jar = output.application();
    Report report;
    try (ReplicatedDatabase servers = ReplicatedDatabase.start(database)) {
      Map<String, String> environment = new HashMap<>(servers.environment());
      // So that no log-in of the load ends the session that the load uses.
      environment.put("APP_SECURITY_SESSIONSPERUSER", "1000");
      try (ServerProcess server = ServerProcess.start(jar, environment)) {
        try (SampleApi api = SampleApi.ofNewUsers(server.url())) {
          report = measure(servers, server, api);
        } finally {
          if (log != null) {
            server.copyLog(log);
          }
        }
      }
    }
    int exitCode = output.publish(report);
    if (saturated) {
      // After the table: a wrong answer is one at whatever rate.
      throw new BenchmarkException(
          "the run is void: the driver is saturated, 1 in 100 requests started %s ms late or more"
              .formatted(Row.number(lateMillis)));
    }
    return exitCode;
  }

  private void check() {
    output.require(rate >= 1 && rate <= MOST_RATE, "--rate must be 1 to " + MOST_RATE, rate);
    output.require(
        seconds >= LEAST_SECONDS && seconds <= MOST_SECONDS,
        "--seconds must be %d to %d, to have room for the faults and within a session"
            .formatted(LEAST_SECONDS, MOST_SECONDS),
        seconds);
    output.check();
    output.requireWritable("--log", log);
  }

  private Report measure(ReplicatedDatabase servers, ServerProcess server, SampleApi api)
      throws InterruptedException {
    int length = quick ? LEAST_SECONDS : seconds;
    int users = quick ? 20 : 50;
    int items = quick ? 400 : 2_000;
    int warmUp = quick ? 15 : 75;
    api.seed(users, items);
    servers.awaitCaughtUp();
    SessionTarget target = new SessionTarget(api, !withoutBookmarks);
    OpenLoop driver = new OpenLoop(target);
    warmUp(driver, warmUp, items);
    Map<String, Long> warmUpErrors = target.errors();

    Measurements measurements = new Measurements(length, WINDOW_SECONDS);
    Schedule schedule = Schedule.of(rate, length, items, seed);
    Map<String, Long> decisionsBefore = decisions(api);
    ProcessorUse use = new ProcessorUse(server);
    FutureTask<List<FaultWindow>> faults = startFaults(servers, length);
    double took = driver.run(schedule, measurements);
    List<Row> used = use.rows(took);
    List<FaultWindow> windows = result(faults);
    lateMillis = millis(measurements.lateness(), 99);
    saturated = OpenLoop.saturated(measurements);
    List<Row> rows = new ArrayList<>(bars(measurements, target, took));
    double floor = millis(measurements.of(Kind.LIVENESS), 95);
    rows.addAll(FaultRows.of(measurements.samples(), windows, floor, LIMIT_P95_MILLIS));
    rows.addAll(decisionRows(decisionsBefore, decisions(api)));
    rows.addAll(used);
    rows.addAll(errorRows(warmUpErrors, target.errors()));
    return new Report(
        "phase-2",
        facts(users, items, warmUp, length),
        rows,
        Report.curve(measurements, WINDOW_SECONDS),
        List.of());
  }

  /** Rises in steps: a JVM that has compiled nothing yet cannot carry the whole rate. */
  private void warmUp(OpenLoop driver, int length, int items) throws InterruptedException {
    int step = length / WARM_UP_DIVISORS.length;
    for (int i = 0; i < WARM_UP_DIVISORS.length; i++) {
      int share = Math.max(1, rate / WARM_UP_DIVISORS[i]);
      driver.run(
          Schedule.of(share, step, items, ~seed - i), new Measurements(step, WINDOW_SECONDS));
    }
  }

  /** The faults in turn, on one replica and then the other, while a load of this length runs. */
  private static FutureTask<List<FaultWindow>> startFaults(ReplicatedDatabase servers, int length) {
    Replica one = servers.replica(0);
    Replica other = servers.replica(1);
    List<Fault> faults =
        List.of(
            new Fault("killed", one.kill(), HELD, one.restart()),
            new Fault("frozen", other.freeze(), HELD, other.thaw()),
            new Fault("replay paused", one.pauseReplay(), HELD, one.resumeReplay()),
            new Fault("restarted", other.stop(), Duration.ZERO, other.restart()));
    Duration slot = Duration.ofSeconds(length).dividedBy(faults.size());
    FaultSequence sequence = FaultSequence.since(System.nanoTime());
    FutureTask<List<FaultWindow>> task = new FutureTask<>(() -> sequence.run(faults, slot));
    Thread thread = new Thread(task, "faults");
    thread.setDaemon(true);
    thread.start();
    return task;
  }

  private static List<FaultWindow> result(FutureTask<List<FaultWindow>> faults)
      throws InterruptedException {
    try {
      return faults.get();
    } catch (ExecutionException e) {
      throw new BenchmarkException("the run is void: a fault could not be made: " + e, e);
    }
  }

  private List<Row> bars(Measurements measurements, SessionTarget target, double took) {
    ReadCounts reads = target.counts();
    List<Row> rows = new ArrayList<>();
    rows.add(Row.exactly("errors", (double) measurements.errors(), "count", 0));
    rows.add(
        Row.exactly("stale reads of own writes", (double) reads.olderThanWritten(), "count", 0));
    rows.add(
        Row.exactly("reads older than an earlier one", (double) reads.olderThanRead(), "count", 0));
    rows.add(Row.info("own writes read back", (double) reads.ownWrites(), "count"));
    rows.add(Row.info("reads of something read before", (double) reads.earlierReads(), "count"));
    rows.add(Row.info("sessions", (double) target.sessions(), "count"));
    double achieved = measurements.answers() / took;
    rows.add(
        Row.atLeast("achieved rate", 100 * achieved / rate, "%", 100.0, LIMIT_ACHIEVED_PERCENT));
    rows.add(Row.info("requests", (double) measurements.all().getTotalCount(), "count"));
    rows.add(Row.info("p50 overall", millis(measurements.all(), 50), "ms"));
    rows.add(Row.info("p95 overall", millis(measurements.all(), 95), "ms"));
    rows.add(Row.info("driver lateness p99", millis(measurements.lateness(), 99), "ms"));
    return rows;
  }

  private static List<Row> errorRows(Map<String, Long> warmUp, Map<String, Long> all) {
    List<Row> rows = new ArrayList<>();
    all.forEach(
        (name, count) -> {
          long before = warmUp.getOrDefault(name, 0L);
          rows.add(Row.info("error " + name, (double) (count - before), "count"));
          if (before > 0) {
            rows.add(Row.info("in warm-up " + name, (double) before, "count"));
          }
        });
    return rows;
  }

  /** What the application has decided so far, by reason. */
  static Map<String, Long> decisions(SampleApi api) throws InterruptedException {
    Map<String, Long> decisions = new TreeMap<>();
    for (Map.Entry<String, JsonNode> entry :
        api.replicationStatus().path("decisions").properties()) {
      decisions.put(entry.getKey(), entry.getValue().asLong());
    }
    return decisions;
  }

  /** How many of these decisions were for a read, wherever it went. */
  static long reads(Map<String, Long> decisions) {
    return decisions.entrySet().stream()
        .filter(
            entry -> REPLICA.contains(entry.getKey()) || PRIMARY_INSTEAD.contains(entry.getKey()))
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  /** Share of the replicas in what could run on one, and the decisions behind it. */
  static List<Row> decisionRows(Map<String, Long> before, Map<String, Long> after) {
    long replica = 0;
    long instead = 0;
    List<Row> rows = new ArrayList<>();
    for (Map.Entry<String, Long> entry : after.entrySet()) {
      String reason = entry.getKey();
      long count = entry.getValue() - before.getOrDefault(reason, 0L);
      replica += REPLICA.contains(reason) ? count : 0;
      instead += PRIMARY_INSTEAD.contains(reason) ? count : 0;
      rows.add(Row.info("decisions " + reason, (double) count, "count"));
    }
    double all = replica + instead;
    rows.add(0, Row.info("reads on replicas", all == 0 ? null : 100 * replica / all, "%"));
    return rows;
  }

  private Map<String, String> facts(int users, int items, int warmUp, int length) {
    Map<String, String> facts = output.facts();
    facts.put("server", "packaged jar, " + String.join(" ", ServerProcess.JVM_OPTIONS));
    facts.put(
        "load",
        "%d requests/s for %d s after %d s of warm-up, seed %d, %d users, %d items, Zipf %s"
            .formatted(rate, length, warmUp, seed, users, items, Schedule.ZIPF_EXPONENT));
    facts.put("baseline", "p95 of a liveness probe, " + Schedule.LIVENESS_RATE + "/s, same run");
    facts.put("load average", "%.1f".formatted(Machine.loadAverage()));
    return facts;
  }

  /** Takes the product by its lower-case name. */
  static final class DatabaseName implements ITypeConverter<Database> {
    @Override
    public Database convert(String value) {
      for (Database each : Database.values()) {
        if (each.name().toLowerCase(Locale.ROOT).equals(value)) {
          return each;
        }
      }
      throw new TypeConversionException("must be postgres, mariadb or mysql, but is " + value);
    }
  }
}
