// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.replication;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.scalingtoolkit.core.balance.Balancer;
import io.scalingtoolkit.core.balance.TargetLoad;
import io.scalingtoolkit.core.time.MonotonicClock;
import io.scalingtoolkit.replication.internal.engine.Engines;
import io.scalingtoolkit.replication.internal.node.Cluster;
import io.scalingtoolkit.replication.internal.node.ClusterSettings;
import io.scalingtoolkit.replication.internal.node.Node;
import io.scalingtoolkit.replication.internal.route.Choice;
import io.scalingtoolkit.replication.internal.route.ReadPolicy;
import io.scalingtoolkit.replication.internal.route.Reason;
import io.scalingtoolkit.replication.internal.route.RouteMeters;
import io.scalingtoolkit.replication.internal.route.Router;
import io.scalingtoolkit.replication.internal.route.RouterSettings;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What a read pays for its reason: keeping it, counting it, and having it counted where a registry
 * looks. Thread-safe, so that it can be run with {@code -t}.
 *
 * <p>{@code ./bench} does not run it; with the jar that it builds: {@code java -cp
 * benchmarks/target/benchmarks.jar org.openjdk.jmh.Main RouteRecordBenchmark}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RouteRecordBenchmark {
  /** Whether a registry is there. */
  @Param({"false", "true"})
  public boolean registry;

  @SuppressWarnings("NullAway.Init")
  private Cluster cluster;

  @SuppressWarnings("NullAway.Init")
  private Router router;

  @SuppressWarnings("NullAway.Init")
  private Node node;

  /** For JMH. */
  public RouteRecordBenchmark() {}

  /** Makes a router over a cluster that is not started. */
  @Setup
  public void open() throws SQLException {
    Duration some = Duration.ofMillis(500);
    ClusterSettings settings =
        new ClusterSettings("db", MonotonicClock.system(), some, some, some, some, some);
    Connection stub = new StubDriver().connect(StubDriver.url("primary"), new Properties());
    if (stub == null) {
      throw new IllegalStateException("the stub driver does not know its own URL");
    }
    cluster = new Cluster(settings, Engines.of(stub, false));
    node = cluster.add("r1", Peer.pool("replica"), TargetLoad.of("r1"));
    MeterRegistry meters = registry ? new SimpleMeterRegistry() : null;
    router =
        new Router(
            cluster,
            new RouterSettings(
                "db",
                new ReadPolicy(ReadPolicy.Kind.SESSION, 0),
                Balancer.powerOfTwoChoices(),
                0,
                null),
            new RouteMeters(meters, cluster));
  }

  /** Ends what the cluster has started. */
  @TearDown
  public void close() {
    cluster.close();
  }

  /** The reason of the last read of a connection. Confined. */
  @State(Scope.Thread)
  public static class Read extends Choice {
    /** For JMH. */
    public Read() {}

    private void keep() {
      because(Reason.READ);
    }
  }

  /** Keeps and counts the reason of one read. */
  @Benchmark
  public Reason record(Read read) {
    read.keep();
    router.decided(node, read.reason());
    return read.reason();
  }
}
