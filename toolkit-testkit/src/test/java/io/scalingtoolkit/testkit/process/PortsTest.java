// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PortsTest {
  @Test
  void reserve_manyAtOnce_givesEachOnceAndBelowTheEphemeralRange() {
    Set<Ports.Reservation> held = ConcurrentHashMap.newKeySet();
    try {
      IntStream.range(0, 200).parallel().forEach(i -> held.add(Ports.reserve(10_000)));

      Set<Integer> numbers = new HashSet<>();
      held.forEach(reservation -> numbers.add(reservation.number()));
      assertThat(numbers).hasSize(200).allMatch(port -> port >= 10_240 && port + 10_000 < 32_768);
    } finally {
      held.forEach(Ports.Reservation::close);
    }
  }

  @Test
  void reserve_held_keepsOtherProcessesOutUntilClosed() throws IOException {
    Ports.Reservation reservation = Ports.reserve(0);
    int port = reservation.number();

    // What Ports of another JVM does first.
    assertThat(canBindUdp(port)).isFalse();
    reservation.close();
    assertThat(canBindUdp(port)).isTrue();
  }

  @Test
  void isFree_someoneListens_isFalse() throws IOException {
    try (ServerSocket server = new ServerSocket()) {
      server.bind(new InetSocketAddress("127.0.0.1", 0));

      assertThat(Ports.isFree(server.getLocalPort())).isFalse();
    }
  }

  private static boolean canBindUdp(int port) throws IOException {
    try (DatagramSocket socket = new DatagramSocket(null)) {
      socket.bind(new InetSocketAddress("127.0.0.1", port));
      return true;
    } catch (java.net.BindException e) {
      return false;
    }
  }
}
