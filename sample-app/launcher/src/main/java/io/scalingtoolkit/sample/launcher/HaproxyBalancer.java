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
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * HAProxy with the configuration of {@code sample-app/deploy/haproxy}. Instances change through its
 * admin socket, so that nothing is loaded anew and no connection closed. Thread-safe.
 */
final class HaproxyBalancer implements Balancer {

  /** Instances of one start at most, and those that take their place during a change. */
  private static final int SLOTS = 16;

  private static final Duration CHANGE_DEADLINE = Duration.ofSeconds(5);

  private final Place place;
  private final Path socket;
  private final BalancerProcess process;
  private final @Nullable Integer[] slots;

  private HaproxyBalancer(
      Place place, Path socket, BalancerProcess process, @Nullable Integer[] slots) {
    this.place = place;
    this.socket = socket;
    this.process = process;
    this.slots = slots;
  }

  static Balancer start(Project project, List<Integer> instancePorts, Place place) {
    requireSlots(instancePorts);
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
    @Nullable Integer[] slots = new Integer[SLOTS];
    fill(slots, instancePorts);
    write(folder, slots);
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
    return new HaproxyBalancer(place, socket, process, slots);
  }

  private static void requireSlots(List<Integer> instancePorts) {
    if (instancePorts.size() > SLOTS) {
      throw new UserError(
          "--lb haproxy takes at most " + SLOTS + " instances; got " + instancePorts.size());
    }
  }

  /** Leaves instances that stay in their place, and puts new ones where there is room. */
  private static void fill(@Nullable Integer[] slots, List<Integer> ports) {
    for (int i = 0; i < slots.length; i++) {
      if (slots[i] != null && !ports.contains(slots[i])) {
        slots[i] = null;
      }
    }
    for (Integer port : ports) {
      if (!Arrays.asList(slots).contains(port)) {
        int free =
            IntStream.range(0, slots.length)
                .filter(i -> slots[i] == null)
                .findFirst()
                .orElseThrow();
        slots[free] = port;
      }
    }
  }

  private static void write(Path folder, @Nullable Integer[] slots) {
    String servers =
        IntStream.range(0, SLOTS)
            .mapToObj(i -> server(i, slots[i]))
            .collect(Collectors.joining("", "backend instances\n", ""));
    try {
      Path half = folder.resolve("instances.cfg.new");
      Files.writeString(half, servers);
      Files.move(half, folder.resolve("instances.cfg"), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw BalancerProcess.unwritable(folder, e);
    }
  }

  private static String server(int slot, @Nullable Integer port) {
    return port == null
        ? "  server s%d 127.0.0.1:1 disabled\n".formatted(slot + 1)
        : "  server s%d 127.0.0.1:%d\n".formatted(slot + 1, port);
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
    requireSlots(instancePorts);
    @Nullable Integer[] wanted = slots.clone();
    fill(wanted, instancePorts);
    write(place.directory(), wanted);
    awaitSocket();
    for (int i = 0; i < SLOTS; i++) {
      if (wanted[i] != null && !wanted[i].equals(slots[i])) {
        String server = "set server instances/s" + (i + 1);
        tell(server + " addr 127.0.0.1 port " + wanted[i]);
        tell(server + " state ready");
      }
    }
    for (int i = 0; i < SLOTS; i++) {
      if (wanted[i] == null && slots[i] != null) {
        tell("set server instances/s" + (i + 1) + " state maint");
      }
    }
    System.arraycopy(wanted, 0, slots, 0, SLOTS);
  }

  private void awaitSocket() {
    try {
      if (!process.await(CHANGE_DEADLINE, () -> Files.exists(socket))) {
        throw new UserError("haproxy has no admin socket; see " + place.directory());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UserError("interrupted while haproxy starts", e);
    }
  }

  /** HAProxy answers a command that worked with an empty line, and else with the reason. */
  private void tell(String command) {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      channel.write(ByteBuffer.wrap((command + "\n").getBytes(StandardCharsets.US_ASCII)));
      channel.shutdownOutput();
      String answer =
          new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.US_ASCII)
              .strip();
      if (!answer.isEmpty()
          && !answer.startsWith("IP changed")
          && !answer.startsWith("port changed")
          && !answer.startsWith("no need")) {
        throw new UserError("haproxy refuses '" + command + "': " + answer);
      }
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
