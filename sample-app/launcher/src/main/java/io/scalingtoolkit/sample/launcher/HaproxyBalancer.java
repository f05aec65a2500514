// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/**
 * HAProxy with the configuration of {@code sample-app/deploy/haproxy}. Instances change through its
 * admin socket, so that nothing is loaded anew and no connection closed. Thread-safe.
 */
final class HaproxyBalancer implements Balancer {

  /** Instances at the same time, at most. */
  private static final int INSTANCES = 16;

  private static final Duration CHANGE_DEADLINE = Duration.ofSeconds(5);

  private final Place place;
  private final Path socket;
  private final BalancerProcess process;
  private HaproxyServers servers;

  private HaproxyBalancer(
      Place place, Path socket, BalancerProcess process, HaproxyServers servers) {
    this.place = place;
    this.socket = socket;
    this.process = process;
    this.servers = servers;
  }

  static Balancer start(Project project, List<Integer> instancePorts, Place place) {
    requireFew(instancePorts);
    Path folder = place.directory();
    BalancerProcess.prepare(folder);
    Path shipped = project.root().resolve("sample-app/deploy/haproxy/haproxy.cfg");
    Path socket;
    try {
      Files.copy(shipped, folder.resolve("haproxy.cfg"), StandardCopyOption.REPLACE_EXISTING);
      // The path of a socket is short, and that of a data folder need not be.
      socket = Files.createTempDirectory("lb").resolve("admin");
    } catch (IOException e) {
      throw BalancerProcess.unwritable(folder, e);
    }
    HaproxyServers servers =
        HaproxyServers.unused(2 * INSTANCES).with(instancePorts, server -> true).orElseThrow();
    write(folder, servers);
    List<String> command =
        List.of(
            BalancerKind.HAPROXY.program().orElseThrow().toString(),
            "-db",
            "-f",
            "haproxy.cfg",
            "-f",
            "instances.cfg");
    Map<String, String> variables =
        Map.of(
            "PORT",
            Integer.toString(place.port()),
            "RESPONSE_TIMEOUT",
            place.responseTimeout().toMillis() + "ms",
            "ADMIN_SOCKET",
            socket.toString());
    BalancerProcess process =
        BalancerProcess.leashed(BalancerKind.HAPROXY, place, "USR1", command, variables);
    return new HaproxyBalancer(place, socket, process, servers);
  }

  private static void requireFew(List<Integer> instancePorts) {
    if (instancePorts.size() > INSTANCES) {
      throw new UserError(
          "--lb haproxy takes at most " + INSTANCES + " instances; got " + instancePorts.size());
    }
  }

  private static void write(Path folder, HaproxyServers servers) {
    try {
      Path half = folder.resolve("instances.cfg.new");
      Files.writeString(half, servers.configuration());
      Files.move(half, folder.resolve("instances.cfg"), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw BalancerProcess.unwritable(folder, e);
    }
  }

  @Override
  public String report() {
    return process.report();
  }

  @Override
  public void awaitReady(Duration deadline) throws InterruptedException {
    process.awaitReady(deadline);
  }

  @Override
  public synchronized void update(List<Integer> instancePorts) {
    requireFew(instancePorts);
    awaitSocket();
    await(
        "too many of its servers still have requests of instances that left",
        () -> with(instancePorts).isPresent());
    HaproxyServers wanted = with(instancePorts).orElseThrow();
    write(place.directory(), wanted);
    wanted.commandsFrom(servers).forEach(this::tell);
    servers = wanted;
  }

  private Optional<HaproxyServers> with(List<Integer> instancePorts) {
    return servers.with(instancePorts, drained()::contains);
  }

  /** Names of the servers without a connection. */
  private Set<String> drained() {
    List<String[]> table =
        ask("show servers conn instances").lines().map(line -> line.split(" ")).toList();
    List<String> titles = List.of(table.get(0)).subList(1, table.get(0).length);
    int used = titles.indexOf("used_cur");
    int idle = titles.indexOf("idle_cur");
    return table.stream()
        .skip(1)
        .filter(row -> row[used].equals("0") && row[idle].equals("0"))
        .map(row -> row[0])
        .collect(Collectors.toSet());
  }

  private void awaitSocket() {
    await("it has no admin socket", () -> Files.exists(socket));
  }

  private void await(String otherwise, BooleanSupplier condition) {
    try {
      if (!process.await(CHANGE_DEADLINE, condition)) {
        throw new UserError(
            "haproxy does not take the change: %s; see %s".formatted(otherwise, place.directory()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UserError("interrupted while haproxy changes", e);
    }
  }

  /** HAProxy answers a command that worked with an empty line, and else with the reason. */
  private void tell(String command) {
    String answer = ask(command);
    if (!answer.isEmpty()
        && !answer.startsWith("IP changed")
        && !answer.startsWith("port changed")
        && !answer.startsWith("no need")) {
      throw new UserError("haproxy refuses '" + command + "': " + answer);
    }
  }

  private String ask(String command) {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      channel.write(ByteBuffer.wrap((command + "\n").getBytes(StandardCharsets.US_ASCII)));
      channel.shutdownOutput();
      byte[] answer = Channels.newInputStream(channel).readAllBytes();
      return new String(answer, StandardCharsets.US_ASCII).strip();
    } catch (IOException e) {
      throw new UserError("cannot reach haproxy: " + UserError.reason(e), e);
    }
  }

  @Override
  public void close() {
    process.close();
    try {
      Files.deleteIfExists(socket);
      Files.deleteIfExists(socket.getParent());
    } catch (IOException e) {
      throw new UserError("cannot delete " + socket.getParent() + ": " + UserError.reason(e), e);
    }
  }
}
