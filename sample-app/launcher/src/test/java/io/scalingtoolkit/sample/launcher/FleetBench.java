// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/** A {@link Fleet} of {@link FakeApp}s in a folder, for one test. */
final class FleetBench implements AutoCloseable, Fleet.Parts {

  final Path data;
  final int port;
  final AtomicLong nanos = new AtomicLong();
  final List<String> log = Collections.synchronizedList(new ArrayList<>());
  final ByteArrayOutputStream journal = new ByteArrayOutputStream();
  final Fleet fleet;
  final Path control;

  private RelayBalancer balancer;

  FleetBench(Path folder, int instances) throws IOException {
    data = folder.resolve("data");
    new DataFolder(data).prepare();
    Path jar = FakeApp.jar(folder.resolve("app.jar"));
    port = QuietPorts.find();
    control = ControlSocket.place(folder.resolve("run"), port);
    fleet =
        new Fleet(
            new Fleet.Setup(
                new Program(jar, folder.resolve("not-unpacked")),
                new DataFolder(data),
                instances,
                control,
                new ListeningPorts(Path.of("/proc")),
                new Journal(
                    new PrintStream(journal, true, StandardCharsets.UTF_8),
                    data.resolve("logs/supervisor.log"),
                    InstantSource.system()),
                nanos::get,
                new Random()),
            this);
  }

  @Override
  public Engines shard(String name) {
    log.add("started " + name);
    return new FakeEngines(name, log);
  }

  @Override
  public Engines shared(Engines databases) {
    return new Engines() {
      @Override
      public Map<String, String> environment() {
        Map<String, String> variables = new TreeMap<>(databases.environment());
        variables.put("TOOLKIT_SHARED", "yes");
        return variables;
      }

      @Override
      public List<String> report() {
        return databases.report();
      }

      @Override
      public void close() {
        log.add("closed redis");
        log.add("with instances " + processes().size());
        databases.close();
      }
    };
  }

  @Override
  public Balancer balancer(List<Integer> instancePorts) {
    try {
      balancer = new RelayBalancer(port, instancePorts);
      return balancer;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ports that the balancer sends requests to. */
  List<Integer> balanced() {
    return balancer.instances();
  }

  /** Sends a command as {@code ./run shards} does and returns the last line. */
  String send(String command, List<Reply> replies) {
    return ControlClient.send(control, command, replies::add);
  }

  void moverSays(String... lines) throws IOException {
    Files.write(data.resolve("mover-script"), List.of(lines));
  }

  /** One request through the balancer, on a connection of its own. */
  String get(String path) throws IOException {
    return get(port, path);
  }

  /** One request to an instance. */
  static String get(int port, String path) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket
          .getOutputStream()
          .write(("GET " + path + " HTTP/1.0\r\n\r\n").getBytes(StandardCharsets.UTF_8));
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!answer.startsWith("HTTP/1.1 200") && !answer.startsWith("HTTP/1.0 200")) {
        throw new IOException("got '" + answer + "'");
      }
      return answer.substring(answer.indexOf("\r\n\r\n") + 4);
    }
  }

  /** Kills an instance as the kernel would. */
  static void kill(int port) throws IOException {
    ProcessHandle.of(Long.parseLong(get(port, "/pid"))).orElseThrow().destroyForcibly();
  }

  /** Processes of ours that work on the data. */
  List<ProcessHandle> processes() {
    return ProcessHandle.allProcesses()
        .filter(
            process ->
                process.info().commandLine().filter(l -> l.contains(data.toString())).isPresent())
        .toList();
  }

  String journal() {
    return journal.toString(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    fleet.close();
  }
}
