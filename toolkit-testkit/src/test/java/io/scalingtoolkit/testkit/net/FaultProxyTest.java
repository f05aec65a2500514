// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class FaultProxyTest {
  private PlainServer server;
  private FaultProxy proxy;

  @BeforeEach
  void start() {
    server = PlainServer.echo();
    proxy = FaultProxy.to("127.0.0.1", server.port());
  }

  @AfterEach
  void stop() throws IOException {
    proxy.close();
    server.close();
  }

  @Test
  void relay_healthy_keepsBytesAndOrder() throws Exception {
    byte[] sent = randomBytes(3_000_000);

    byte[] received = echo(sent);

    assertThat(received).isEqualTo(sent);
  }

  @Test
  void relay_halfClose_passesTheEndAndKeepsTheOtherWayOpen() throws Exception {
    try (Socket client = dial()) {
      client.getOutputStream().write("bye".getBytes());
      client.shutdownOutput();

      assertThat(client.getInputStream().readAllBytes()).isEqualTo("bye".getBytes());
    }
  }

  @Test
  void relay_twoHundredConnections_keepsThemApart() throws Exception {
    List<Socket> clients = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      clients.add(dial());
    }
    for (int i = 0; i < 200; i++) {
      clients.get(i).getOutputStream().write(("hello " + i).getBytes());
    }
    for (int i = 0; i < 200; i++) {
      String expected = "hello " + i;
      assertThat(read(clients.get(i), expected.length())).isEqualTo(expected);
    }

    assertThat(proxy.traffic().open()).isEqualTo(200);
    for (Socket client : clients) {
      client.close();
    }
    Awaitility.await().until(() -> proxy.traffic().open() == 0);
  }

  @Test
  void relay_serverThatDoesNotRead_holdsTheSenderBack() throws Exception {
    CompletableFuture<Socket> far = new CompletableFuture<>();
    try (PlainServer deaf = new PlainServer(far::complete);
        FaultProxy toDeaf = FaultProxy.to("127.0.0.1", deaf.port());
        SocketChannel client =
            SocketChannel.open(new InetSocketAddress("127.0.0.1", toDeaf.port()))) {
      client.configureBlocking(false);
      ByteBuffer block = ByteBuffer.allocate(64 * 1024);
      long[] taken = {0};

      Awaitility.await()
          .pollInterval(Duration.ofMillis(20))
          .during(Duration.ofMillis(200))
          .atMost(Duration.ofSeconds(20))
          .until(
              () -> {
                long before = taken[0];
                while (taken[0] < 64L * 1024 * 1024) {
                  int count = client.write(block.clear());
                  if (count == 0) {
                    break;
                  }
                  taken[0] += count;
                }
                return taken[0] == before;
              });

      // The proxy's own bound is 1 MiB; the rest are the kernel's buffers of four sockets.
      assertThat(taken[0]).isLessThan(48L * 1024 * 1024);
    }
  }

  @Test
  void latency_bothWays_delaysARoundTripByTwice() throws Exception {
    proxy.latency(Duration.ofMillis(40));
    try (Socket client = dial()) {
      long start = System.nanoTime();

      assertThat(ask(client, "ping")).isEqualTo("ping");

      assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(80_000_000L);
    }
  }

  @Test
  void latency_oneWay_delaysThatWayOnly() throws Exception {
    BlockingQueue<Long> arrivals = new LinkedBlockingQueue<>();
    try (PlainServer clock =
            new PlainServer(
                far -> {
                  while (far.getInputStream().read() >= 0) {
                    arrivals.add(System.nanoTime());
                    far.getOutputStream().write('x');
                  }
                });
        FaultProxy toClock = FaultProxy.to("127.0.0.1", clock.port());
        Socket client = new Socket("127.0.0.1", toClock.port())) {
      toClock.latency(Direction.TO_CLIENT, Duration.ofMillis(300));

      client.getOutputStream().write('x');
      client.getInputStream().read();
      long answered = System.nanoTime();

      long arrived = arrivals.poll(10, TimeUnit.SECONDS);
      assertThat(answered - arrived).isGreaterThanOrEqualTo(300_000_000L);
    }
  }

  @Test
  void jitter_manyPieces_keepsOrder() throws Exception {
    proxy.jitter(Duration.ofMillis(5));
    byte[] sent = randomBytes(400_000);

    assertThat(echo(sent)).isEqualTo(sent);
  }

  @Test
  void bandwidth_limited_takesAtLeastTheTimeOfTheWire() throws Exception {
    proxy.bandwidth(Direction.TO_CLIENT, 100_000);
    byte[] sent = randomBytes(30_000);
    long start = System.nanoTime();

    assertThat(echo(sent)).isEqualTo(sent);

    assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(300_000_000L);
  }

  @Test
  void bandwidth_healed_releasesWhatTheSlowWireHeld() throws Exception {
    proxy.bandwidth(1);
    byte[] sent = randomBytes(100_000);
    CompletableFuture<byte[]> received = CompletableFuture.supplyAsync(() -> uncheckedEcho(sent));
    Awaitility.await().until(() -> proxy.traffic().bytesToServer() > 0);

    proxy.heal();

    assertThat(received.get(20, TimeUnit.SECONDS)).isEqualTo(sent);
  }

  @Test
  void latency_healed_releasesWhatIsUnderWay() throws Exception {
    proxy.latency(Duration.ofMinutes(30));
    try (Socket client = dial()) {
      client.getOutputStream().write("late".getBytes());
      assertSilent(client);

      proxy.heal();

      assertThat(read(client, 4)).isEqualTo("late");
    }
  }

  @Test
  void cut_bothWays_holdsBytesUntilHealed() throws Exception {
    try (Socket client = dial()) {
      ask(client, "before");
      proxy.cut();
      client.getOutputStream().write("during".getBytes());
      assertSilent(client);

      proxy.heal();

      assertThat(read(client, 6)).isEqualTo("during");
      assertThat(ask(client, "after")).isEqualTo("after");
    }
  }

  @Test
  void cut_dialDuring_isAnsweredSilentlyAndServedAfterwards() throws Exception {
    proxy.cut();
    try (Socket client = dial()) {
      client.getOutputStream().write("hi".getBytes());
      assertSilent(client);
      assertThat(server.clients()).isEmpty();

      proxy.heal();

      assertThat(read(client, 2)).isEqualTo("hi");
    }
  }

  @Test
  void cut_toClient_stillDeliversToTheServer() throws Exception {
    BlockingQueue<Integer> heard = new LinkedBlockingQueue<>();
    try (PlainServer listener =
            new PlainServer(
                far -> {
                  for (int b = far.getInputStream().read();
                      b >= 0;
                      b = far.getInputStream().read()) {
                    heard.add(b);
                    far.getOutputStream().write(b);
                  }
                });
        FaultProxy half = FaultProxy.to("127.0.0.1", listener.port());
        Socket client = new Socket("127.0.0.1", half.port())) {
      ask(client, "a");
      heard.clear();
      half.cut(Direction.TO_CLIENT);

      client.getOutputStream().write('b');

      assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo('b');
      assertSilent(client);
      half.heal();
      assertThat(read(client, 1)).isEqualTo("b");
    }
  }

  @Test
  void cut_serverDiesDuring_isNotSeenUntilHealed() throws Exception {
    try (Socket client = dial()) {
      ask(client, "x");
      proxy.cut();
      server.clients().get(0).close();
      assertSilent(client);

      proxy.heal();

      assertThat(client.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void blackHole_dialHangsAndConnectionsAreSilent_untilHealed() throws Exception {
    try (Socket before = dial()) {
      ask(before, "x");
      proxy.blackHole();
      before.getOutputStream().write("held".getBytes());

      assertThatThrownBy(() -> dial(300)).isInstanceOf(SocketTimeoutException.class);
      assertSilent(before);
      long accepted = proxy.traffic().accepted();
      proxy.heal();

      assertThat(read(before, 4)).isEqualTo("held");
      try (Socket after = dial()) {
        assertThat(ask(after, "new")).isEqualTo("new");
      }
      // The dials that fill the backlog never count as traffic.
      assertThat(proxy.traffic().accepted()).isEqualTo(accepted + 1);
    }
  }

  @Test
  void blackHole_dialThatKeepsTrying_getsThroughAfterHeal() throws Exception {
    proxy.blackHole();
    CompletableFuture<String> answer =
        CompletableFuture.supplyAsync(
            () -> {
              try (Socket client = dial(20_000)) {
                return ask(client, "patient");
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            });
    assertThatThrownBy(() -> answer.get(200, TimeUnit.MILLISECONDS))
        .isInstanceOf(java.util.concurrent.TimeoutException.class);

    proxy.heal();

    assertThat(answer.get(20, TimeUnit.SECONDS)).isEqualTo("patient");
  }

  @Test
  void resetConnections_open_resetsBothSidesAndServesNewDials() throws Exception {
    try (Socket client = dial()) {
      ask(client, "x");

      proxy.resetConnections();

      assertThatThrownBy(() -> client.getInputStream().read())
          .isInstanceOf(SocketException.class)
          .hasMessageContaining("reset");
      assertThat(proxy.traffic().open()).isZero();
    }
    assertThat(echo("again".getBytes())).isEqualTo("again".getBytes());
  }

  @Test
  void resetDials_new_resetsThemAndLeavesOpenOnesAlone() throws Exception {
    try (Socket old = dial()) {
      ask(old, "x");
      proxy.resetDials();

      // The reset may meet the client in its dial already.
      assertThatThrownBy(
              () -> {
                try (Socket fresh = dial()) {
                  fresh.getInputStream().read();
                }
              })
          .isInstanceOf(SocketException.class)
          .hasMessageContaining("reset");

      assertThat(ask(old, "still")).isEqualTo("still");
    }
  }

  @Test
  void refuse_thenHeal_comesBackOnTheSamePort() throws Exception {
    try (Socket old = dial()) {
      ask(old, "x");
      for (int round = 0; round < 5; round++) {
        proxy.refuse();
        assertThatThrownBy(this::dial).isInstanceOf(ConnectException.class);
        assertThat(ask(old, "still")).isEqualTo("still");
        proxy.heal();
        assertThat(echo("back".getBytes())).isEqualTo("back".getBytes());
      }
    }
  }

  @Test
  void slowClose_serverEnds_isSeenOnlyAfterTheDelay() throws Exception {
    proxy.slowClose(Duration.ofMillis(300));
    try (Socket client = dial()) {
      ask(client, "x");
      long start = System.nanoTime();
      server.clients().get(0).close();

      assertThat(client.getInputStream().read()).isEqualTo(-1);

      assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(300_000_000L);
    }
  }

  @Test
  void relay_serverResets_resetsTheClientBehindItsBytes() throws Exception {
    try (PlainServer rude =
            new PlainServer(
                far -> {
                  far.getInputStream().read();
                  far.setSoLinger(true, 0);
                  far.close();
                });
        FaultProxy toRude = FaultProxy.to("127.0.0.1", rude.port());
        Socket client = new Socket("127.0.0.1", toRude.port())) {
      client.getOutputStream().write('x');

      assertThatThrownBy(() -> client.getInputStream().read())
          .isInstanceOf(SocketException.class)
          .hasMessageContaining("reset");
    }
  }

  @Test
  void relay_nobodyListensBehind_resetsTheClient() throws Exception {
    int port;
    try (ServerSocket unused = new ServerSocket(0)) {
      port = unused.getLocalPort();
    }
    try (FaultProxy toNobody = FaultProxy.to("127.0.0.1", port);
        Socket client = new Socket("127.0.0.1", toNobody.port())) {
      assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
    }
  }

  @Test
  void traffic_requestsAndAnswers_countsRoundTripsAndBytes() throws Exception {
    Traffic before = proxy.traffic();
    try (Socket client = dial()) {
      ask(client, "one");
      ask(client, "two!");
      ask(client, "three");
      Traffic during = proxy.traffic().since(before);

      assertThat(during).isEqualTo(new Traffic(1, 1, 12, 12, 3));
    }
  }

  @Test
  void close_whileBusy_leavesNoThreadAndFreesThePort() throws Exception {
    try (Socket client = dial()) {
      ask(client, "x");
      proxy.blackHole();

      proxy.close();
      proxy.close();

      assertThat(Thread.getAllStackTraces().keySet())
          .noneMatch(thread -> thread.getName().equals("fault-proxy-" + proxy.port()));
      assertThatThrownBy(this::dial).isInstanceOf(ConnectException.class);
      assertThatThrownBy(proxy::heal)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("is closed");
    }
    try (FaultProxy next =
        FaultProxy.builder("127.0.0.1", server.port()).listenOn(proxy.port()).start()) {
      assertThat(next.port()).isEqualTo(proxy.port());
    }
  }

  private Socket dial() throws IOException {
    return dial(10_000);
  }

  private Socket dial(int timeoutMillis) throws IOException {
    Socket client = new Socket();
    client.setTcpNoDelay(true);
    client.connect(new InetSocketAddress("127.0.0.1", proxy.port()), timeoutMillis);
    return client;
  }

  private static String ask(Socket client, String text) throws IOException {
    client.getOutputStream().write(text.getBytes());
    return read(client, text.length());
  }

  private static String read(Socket client, int count) throws IOException {
    client.setSoTimeout(20_000);
    return new String(client.getInputStream().readNBytes(count));
  }

  private static void assertSilent(Socket client) throws IOException {
    client.setSoTimeout(150);
    assertThatThrownBy(() -> client.getInputStream().read())
        .isInstanceOf(SocketTimeoutException.class);
  }

  private byte[] uncheckedEcho(byte[] sent) {
    try {
      return echo(sent);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private byte[] echo(byte[] sent) throws Exception {
    try (Socket client = dial()) {
      CompletableFuture<byte[]> received =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return client.getInputStream().readAllBytes();
                } catch (IOException e) {
                  throw new IllegalStateException(e);
                }
              });
      client.getOutputStream().write(sent);
      client.shutdownOutput();
      return received.get(30, TimeUnit.SECONDS);
    }
  }

  private static byte[] randomBytes(int count) {
    byte[] bytes = new byte[count];
    new Random(7).nextBytes(bytes);
    return bytes;
  }
}
