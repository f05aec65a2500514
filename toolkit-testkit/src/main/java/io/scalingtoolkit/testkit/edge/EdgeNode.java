// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.edge;

import io.scalingtoolkit.testkit.EngineCluster;
import io.scalingtoolkit.testkit.EngineException;
import io.scalingtoolkit.testkit.process.Deadline;
import io.scalingtoolkit.testkit.process.EngineCommand;
import io.scalingtoolkit.testkit.process.EngineHost;
import io.scalingtoolkit.testkit.process.EngineProcess;
import io.scalingtoolkit.testkit.process.LogTail;
import io.scalingtoolkit.testkit.process.Workspace;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/** One cache in front of a server on loopback: its files, its port, its process. Thread-safe. */
final class EdgeNode implements EngineCluster {
  private static final Duration START_LIMIT = Duration.ofSeconds(20);

  private final Workspace workspace;
  private final int port;
  private final EngineProcess process;

  private EdgeNode(Workspace workspace, int port, EngineProcess process) {
    this.workspace = workspace;
    this.port = port;
    this.process = process;
  }

  /** Where a cache is to work; immutable. */
  record Place(Path directory, int port) {}

  /**
   * Starts a program and returns when its port answers.
   *
   * @param command makes the command line, and writes what it needs
   */
  static EdgeNode start(
      String engine, Path program, BiFunction<Workspace, Place, List<String>> command) {
    Workspace workspace = Workspace.open(engine);
    try {
      Place place = new Place(workspace.createDirectory("node"), workspace.port());
      Path log = workspace.log("node");
      Path home = program.getParent();
      EngineProcess process =
          EngineHost.current()
              .start(
                  new EngineCommand(
                      workspace.name(),
                      command.apply(workspace, place),
                      Map.of(),
                      home == null ? place.directory() : home,
                      place.directory(),
                      log,
                      false));
      try {
        Deadline.in(START_LIMIT)
            .await(
                workspace.name() + " listens on port " + place.port(),
                () -> listens(process, workspace.name(), place.port()));
      } catch (EngineException e) {
        throw new EngineException(e.getMessage() + LogTail.of(log), e);
      }
      workspace.logReady(engine, List.of(process));
      return new EdgeNode(workspace, place.port(), process);
    } catch (RuntimeException e) {
      throw workspace.failStart(engine, e);
    }
  }

  private static boolean listens(EngineProcess process, String name, int port) throws IOException {
    if (!process.isAlive()) {
      throw new EngineException(name + " ended before it listened");
    }
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    }
  }

  static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new EngineException("cannot write " + file, e);
    }
  }

  /**
   * Puts values in the place of names like <code>${port}</code>.
   *
   * @throws IllegalArgumentException if one of them does not stand in the text
   */
  static String filled(String text, Map<String, String> values) {
    String filled = text;
    for (Map.Entry<String, String> value : values.entrySet()) {
      String place = "${" + value.getKey() + "}";
      if (!filled.contains(place)) {
        throw new IllegalArgumentException("a configuration must have " + place + "; got\n" + text);
      }
      filled = filled.replace(place, value.getValue());
    }
    return filled;
  }

  int port() {
    return port;
  }

  URI uri() {
    return URI.create("http://127.0.0.1:" + port);
  }

  void freeze() {
    process.freeze();
  }

  void thaw() {
    process.thaw();
  }

  @Override
  public Path keepLogs(String label) {
    return workspace.keepLogs(label);
  }

  @Override
  public void close() {
    workspace.closeAfter(List.of(process::kill));
  }
}
