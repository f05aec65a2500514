// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Whatever faults come and go, a connection that lives loses and changes nothing. */
final class FaultProxyPropertyTest {
  private enum Fault {
    LATENCY,
    JITTER,
    BANDWIDTH,
    CUT_BOTH,
    CUT_TO_SERVER,
    CUT_TO_CLIENT,
    BLACK_HOLE,
    REFUSE,
    RESET_DIALS,
    SLOW_CLOSE,
    HEAL
  }

  @Property(tries = 40)
  void heal_afterAnyFaults_deliversEveryByteInOrder(
      @ForAll @Size(max = 8) List<Fault> faults,
      @ForAll @IntRange(min = 0, max = 300_000) int size,
      @ForAll long seed)
      throws Exception {
    byte[] sent = new byte[size];
    new Random(seed).nextBytes(sent);
    try (PlainServer server = PlainServer.echo();
        FaultProxy proxy = FaultProxy.to("127.0.0.1", server.port());
        Socket client = new Socket("127.0.0.1", proxy.port())) {
      CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> send(client, sent));
      CompletableFuture<byte[]> reader = CompletableFuture.supplyAsync(() -> receive(client));

      faults.forEach(fault -> inject(proxy, fault));
      proxy.heal();

      assertThat(reader.get(30, TimeUnit.SECONDS)).isEqualTo(sent);
      assertThat(writer).succeedsWithin(Duration.ofSeconds(30));
      Traffic traffic = proxy.traffic();
      assertThat(traffic.bytesToServer()).isEqualTo(size);
      assertThat(traffic.bytesToClient()).isEqualTo(size);
    }
  }

  private static void inject(FaultProxy proxy, Fault fault) {
    switch (fault) {
      case LATENCY -> proxy.latency(Duration.ofMillis(3));
      case JITTER -> proxy.jitter(Duration.ofMillis(2));
      case BANDWIDTH -> proxy.bandwidth(Direction.TO_CLIENT, 5_000);
      case CUT_BOTH -> proxy.cut();
      case CUT_TO_SERVER -> proxy.cut(Direction.TO_SERVER);
      case CUT_TO_CLIENT -> proxy.cut(Direction.TO_CLIENT);
      case BLACK_HOLE -> proxy.blackHole();
      case REFUSE -> proxy.refuse();
      case RESET_DIALS -> proxy.resetDials();
      case SLOW_CLOSE -> proxy.slowClose(Duration.ofMillis(5));
      case HEAL -> proxy.heal();
    }
  }

  private static void send(Socket client, byte[] bytes) {
    try {
      client.getOutputStream().write(bytes);
      client.shutdownOutput();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] receive(Socket client) {
    try {
      return client.getInputStream().readAllBytes();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
