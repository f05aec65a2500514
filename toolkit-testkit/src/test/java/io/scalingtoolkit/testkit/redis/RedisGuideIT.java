// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.redis;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.testkit.net.FaultProxy;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The snippets of the guide, running. */
class RedisGuideIT {
  // snippet:redis
  @RegisterExtension
  static final RedisExtension REDIS =
      RedisExtension.of(RedisServer.builder().appendOnly()); // emptied before each test

  @Test
  void acknowledgedWrite_afterACrash_isStillThere() {
    REDIS.server().command("SET", "k", "v");
    REDIS.server().kill();
    REDIS.server().restart();
    assertThat(REDIS.server().command("GET", "k").text()).isEqualTo("v");
  }

  // end

  @Test
  void proxy_cutAndHealed_deliversWhatItHeld() throws Exception {
    // snippet:proxy
    try (FaultProxy proxy = FaultProxy.to("127.0.0.1", REDIS.server().port());
        Socket client = new Socket(proxy.host(), proxy.port())) {
      proxy.latency(Duration.ofMillis(20)); // 40 ms a round trip
      assertThat(ping(client)).isEqualTo("+PONG");
      proxy.cut(); // silence, connections stay open
      send(client, "PING");
      proxy.heal(); // what was held arrives, in order
      assertThat(receive(client)).isEqualTo("+PONG");
      assertThat(proxy.traffic().roundTrips()).isEqualTo(2);
    }
    // end
  }

  private static String ping(Socket client) throws IOException {
    send(client, "PING");
    return receive(client);
  }

  private static void send(Socket client, String command) throws IOException {
    client.getOutputStream().write((command + "\r\n").getBytes(US_ASCII));
  }

  private static String receive(Socket client) throws IOException {
    return new String(client.getInputStream().readNBytes("+PONG\r\n".length()), US_ASCII).strip();
  }
}
