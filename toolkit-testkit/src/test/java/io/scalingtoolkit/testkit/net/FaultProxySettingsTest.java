// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class FaultProxySettingsTest {
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
  void start_portTaken_saysWhich() {
    assertThatThrownBy(
            () -> FaultProxy.builder("127.0.0.1", server.port()).listenOn(proxy.port()).start())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("could not listen on port " + proxy.port());
  }

  @Test
  void close_interruptedThread_endsTheProxyAndStaysInterrupted() {
    Thread.currentThread().interrupt();
    proxy.close();

    assertThat(Thread.interrupted()).isTrue();
    Awaitility.await()
        .until(
            () ->
                Thread.getAllStackTraces().keySet().stream()
                    .noneMatch(t -> t.getName().equals("fault-proxy-" + proxy.port())));
    proxy.close();
    assertThatThrownBy(proxy::traffic).hasMessageContaining("is closed");
  }

  @Test
  void settings_outOfRange_nameRuleAndValue() {
    assertThatThrownBy(() -> proxy.latency(Duration.ofMillis(-1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("latency must be from 0 to PT1H, was PT-0.001S");
    assertThatThrownBy(() -> proxy.bandwidth(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("bandwidth must be at least 1 byte per second, was 0");
    assertThatThrownBy(() -> FaultProxy.to("127.0.0.1", 70_000))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("port must be from 1 to 65535, was 70000");
    assertThatThrownBy(() -> FaultProxy.to("", 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("host must resolve to an address, was ''");
    assertThatThrownBy(() -> FaultProxy.to("no such host", 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no such host");
  }
}
