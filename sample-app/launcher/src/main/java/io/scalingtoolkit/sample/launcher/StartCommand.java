// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Options of a plain {@code ./run}. */
@Command(name = "run")
final class StartCommand implements Callable<Integer> {

  private static final int LAST_PHASE = 4;
  private static final int LAST_READY = 3;
  private static final int FIRST_WITH_INSTANCES = 3;
  private static final int MAX_INSTANCES = 8;
  private static final int MAX_PORT = 65_535;

  private final Start start;
  private final Supervisor supervisor;

  @Spec private @Nullable CommandSpec spec;

  @Option(names = "--phase")
  private int phase = 1;

  @Option(names = "--db")
  private @Nullable String db;

  @Option(names = "--redis")
  private boolean redis;

  @Option(names = "--port")
  private int port = 8080;

  @Option(names = "--data")
  private @Nullable String data;

  @Option(names = "--instances")
  private @Nullable Integer instances;

  @Option(names = "--lb")
  private @Nullable String lb;

  @Option(names = "--detach")
  private boolean detach;

  StartCommand(Start start, Supervisor supervisor) {
    this.start = start;
    this.supervisor = supervisor;
  }

  @Override
  public Integer call() throws InterruptedException {
    if (phase < 1 || phase > LAST_PHASE) {
      throw wrong("--phase must be 1, 2, 3 or 4; got " + phase);
    }
    requirePort(spec, port);
    Database database = database();
    if (redis && phase == 1) {
      throw wrong("--redis needs phase 2; phase 1 is one process, which shares nothing");
    }
    if (phase > LAST_READY) {
      throw new UserError(
          "phase "
              + phase
              + " comes with a later version of the project; this one runs phases 1 to 3");
    }
    Start.Options options =
        new Start.Options(
            phase, database, redis, port, folder(spec, data), detach, instances(), balancer());
    return options.database().hasServer() ? supervisor.run(options) : start.run(options);
  }

  /** From phase 2 on there are replicas, which SQLite has not. */
  private Database database() {
    if (db == null) {
      return phase == 1 ? Database.SQLITE : Database.POSTGRES;
    }
    try {
      Database named = Database.of(db);
      if (phase > 1 && !named.hasServer()) {
        throw wrong("--db must have replicas from phase 2 on; got " + db);
      }
      return named;
    } catch (IllegalArgumentException e) {
      throw wrong(String.valueOf(e.getMessage()));
    }
  }

  private int instances() {
    if (instances == null) {
      return phase < FIRST_WITH_INSTANCES ? 1 : 2;
    }
    if (phase < FIRST_WITH_INSTANCES) {
      throw wrong("--instances needs phase 3; phase " + phase + " is one process");
    }
    if (instances < 1 || instances > MAX_INSTANCES) {
      throw wrong("--instances must be from 1 to " + MAX_INSTANCES + "; got " + instances);
    }
    return instances;
  }

  private BalancerKind balancer() {
    if (lb == null) {
      return BalancerKind.GATEWAY;
    }
    if (phase < FIRST_WITH_INSTANCES) {
      throw wrong("--lb needs phase 3; phase " + phase + " is one process");
    }
    try {
      BalancerKind named = BalancerKind.of(lb);
      named
          .unavailable()
          .ifPresent(
              reason -> {
                throw new UserError(reason);
              });
      return named;
    } catch (IllegalArgumentException e) {
      throw wrong(String.valueOf(e.getMessage()));
    }
  }

  private ParameterException wrong(String message) {
    return wrong(spec, message);
  }

  static ParameterException wrong(@Nullable CommandSpec spec, String message) {
    if (spec == null) {
      throw new IllegalStateException("picocli has not set the command: " + message);
    }
    return new ParameterException(spec.commandLine(), message);
  }

  static void requirePort(@Nullable CommandSpec spec, int port) {
    if (port < 1 || port > MAX_PORT) {
      throw wrong(spec, "--port must be from 1 to " + MAX_PORT + "; got " + port);
    }
  }

  /** The folder that {@code --data} names; null when the option was not given. */
  static @Nullable Path folder(@Nullable CommandSpec spec, @Nullable String data) {
    if (data == null) {
      return null;
    }
    if (data.isBlank()) {
      throw wrong(spec, "--data must name a folder; got an empty value");
    }
    return Path.of(data).toAbsolutePath().normalize();
  }
}
