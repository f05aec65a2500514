// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * What is known about a running application. Immutable.
 *
 * @param phase phase of growth, 1 to 4
 * @param port port it listens on
 * @param data absolute path of its data folder
 * @param program absolute path of the folder or jar that it runs from
 * @param process the application's process, or its supervisor's when it has one
 * @param supervised whether that is a supervisor, which also has database servers to stop
 * @param control absolute path of the socket on which the supervisor takes commands; null when it
 *     takes none
 * @param keeper process that keeps database servers for an application which was started without,
 *     and takes commands; null when there is none
 */
record RunState(
    int phase,
    int port,
    Path data,
    Path program,
    ProcessIdentity process,
    boolean supervised,
    @Nullable Path control,
    @Nullable ProcessIdentity keeper) {

  RunState(
      int phase,
      int port,
      Path data,
      Path program,
      ProcessIdentity process,
      boolean supervised,
      @Nullable Path control) {
    this(phase, port, data, program, process, supervised, control, null);
  }

  /**
   * The same with a process that keeps its servers.
   *
   * @param socket where that takes commands; null before it does
   */
  RunState keptBy(@Nullable Path socket, ProcessIdentity by) {
    return new RunState(phase, port, data, program, process, supervised, socket, by);
  }

  /** The same without. */
  RunState alone() {
    return new RunState(phase, port, data, program, process, supervised, null, null);
  }

  /** The same in a later phase. */
  RunState inPhase(int later) {
    return new RunState(later, port, data, program, process, supervised, control, keeper);
  }

  /** The process that keeps its servers, if there is one. */
  Optional<ProcessHandle> aliveKeeper() {
    return Optional.ofNullable(keeper).flatMap(ProcessIdentity::alive);
  }

  /** How long it may take to end in order. */
  Duration grace() {
    return supervised ? Shutdown.SUPERVISED_GRACE : Shutdown.GRACE;
  }

  Properties toProperties() {
    Properties properties = new Properties();
    properties.setProperty("phase", Integer.toString(phase));
    properties.setProperty("port", Integer.toString(port));
    properties.setProperty("data", data.toString());
    properties.setProperty("program", program.toString());
    properties.setProperty("pid", Long.toString(process.pid()));
    properties.setProperty("start", process.start());
    properties.setProperty("supervised", Boolean.toString(supervised));
    if (control != null) {
      properties.setProperty("control", control.toString());
    }
    if (keeper != null) {
      properties.setProperty("keeper.pid", Long.toString(keeper.pid()));
      properties.setProperty("keeper.start", keeper.start());
    }
    return properties;
  }

  /**
   * Reads what {@link #toProperties} wrote.
   *
   * @throws IllegalArgumentException when an entry is missing or malformed
   */
  static RunState of(Properties properties) {
    String control = properties.getProperty("control");
    return new RunState(
        Integer.parseInt(required(properties, "phase")),
        Integer.parseInt(required(properties, "port")),
        Path.of(required(properties, "data")),
        Path.of(required(properties, "program")),
        new ProcessIdentity(
            Long.parseLong(required(properties, "pid")), required(properties, "start")),
        Boolean.parseBoolean(properties.getProperty("supervised")),
        control == null ? null : Path.of(control),
        properties.getProperty("keeper.pid") == null
            ? null
            : new ProcessIdentity(
                Long.parseLong(required(properties, "keeper.pid")),
                required(properties, "keeper.start")));
  }

  private static String required(Properties properties, String name) {
    String value = properties.getProperty(name);
    if (value == null || value.isBlank()) {
      throw new IllegalArgumentException("entry '" + name + "' is missing");
    }
    return value;
  }

  /** For messages: what runs and where its data lies. */
  String describe() {
    return "phase "
        + phase
        + " on port "
        + port
        + " (pid "
        + process.pid()
        + ", data "
        + data
        + ")";
  }
}
