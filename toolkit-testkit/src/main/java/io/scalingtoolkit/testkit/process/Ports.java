// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.process;

import io.scalingtoolkit.testkit.EngineException;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Finds TCP ports on loopback that engines can listen on. Thread-safe.
 *
 * <p>All ports lie in 10240–22767: below 32768, where the kernel starts to take source ports for
 * outgoing connections, also after adding 10000 for the bus of a Redis Cluster node.
 *
 * <p>A port is reserved across JVMs and users by holding the UDP socket of the same number: the
 * kernel gives it to one process only and takes it back when that process dies. Engines listen on
 * TCP, which is a separate space. Against programs that do not play by this rule there is the test
 * bind, and a start that fails for a taken port is tried again by the caller with another one.
 */
final class Ports {
  static final int FIRST = 10_240;
  static final int LAST = 22_767;

  private static final byte[] LOOPBACK = {127, 0, 0, 1};
  private static final int COUNT = LAST - FIRST + 1;
  private static final AtomicInteger NEXT =
      new AtomicInteger(ThreadLocalRandom.current().nextInt(COUNT));

  private Ports() {}

  /** A port that no other JVM using this class gets until it is closed. Thread-safe. */
  static final class Reservation implements AutoCloseable {
    private final DatagramSocket guard;

    private Reservation(DatagramSocket guard) {
      this.guard = guard;
    }

    int number() {
      return guard.getLocalPort();
    }

    @Override
    public void close() {
      guard.close();
    }
  }

  /**
   * Reserves a port whose TCP side is free, and that of {@code port + busOffset} too.
   *
   * @param busOffset zero when the engine needs one port only
   * @throws EngineException if none of the range is free
   */
  static Reservation reserve(int busOffset) {
    for (int tries = 0; tries < COUNT; tries++) {
      int port = FIRST + Math.floorMod(NEXT.getAndIncrement(), COUNT);
      Reservation reservation = tryReserve(port);
      if (reservation == null) {
        continue;
      }
      if (isFree(port) && (busOffset == 0 || isFree(port + busOffset))) {
        return reservation;
      }
      reservation.close();
    }
    throw new EngineException("no free port from " + FIRST + " to " + LAST + " on loopback");
  }

  private static @Nullable Reservation tryReserve(int port) {
    try {
      DatagramSocket guard = new DatagramSocket(null);
      try {
        guard.bind(new InetSocketAddress(InetAddress.getByAddress(LOOPBACK), port));
        return new Reservation(guard);
      } catch (IOException e) {
        guard.close();
        return null; // taken by another JVM: the caller goes on to the next port
      }
    } catch (IOException e) {
      throw new EngineException("cannot open a UDP socket to reserve port " + port, e);
    }
  }

  /** Says whether a server could listen on this TCP port of all addresses now. */
  static boolean isFree(int port) {
    try (ServerSocket test = new ServerSocket()) {
      test.setReuseAddress(true);
      test.bind(new InetSocketAddress(port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
