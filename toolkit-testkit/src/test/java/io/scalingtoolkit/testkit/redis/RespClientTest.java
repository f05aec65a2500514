// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class RespClientTest {
  @Test
  void call_command_isWrittenAsAnArrayOfBulkStrings() throws Exception {
    String sent = "*2\r\n$4\r\nECHO\r\n$2\r\n\u00e9\r\n";

    try (Scripted server = new Scripted(sent, "+OK\r\n")) {
      assertThat(server.call("ECHO", "\u00e9")).isEqualTo(new RedisReply.Text("OK"));
    }
  }

  @Test
  void call_everyKindOfReply_isRead() throws Exception {
    String reply = "*5\r\n$-1\r\n:-7\r\n$4\r\na\r\nb\r\n*-1\r\n-ERR inner\r\n";

    try (Scripted server = new Scripted("*1\r\n$4\r\nEXEC\r\n", reply)) {
      assertThat(server.call("EXEC").items())
          .containsExactly(
              new RedisReply.Nil(),
              new RedisReply.Whole(-7),
              new RedisReply.Text("a\r\nb"),
              new RedisReply.Nil(),
              new RedisReply.Failure("ERR inner"));
    }
  }

  @Test
  void call_errorReply_throwsItWithNodeAndCommand() throws Exception {
    try (Scripted server = new Scripted("*1\r\n$3\r\nGET\r\n", "-MOVED 3999 127.0.0.1:6381\r\n")) {
      assertThatThrownBy(() -> server.call("GET"))
          .isInstanceOfSatisfying(
              RedisCommandException.class, e -> assertThat(e.code()).isEqualTo("MOVED"))
          .hasMessage("node answered GET with: MOVED 3999 127.0.0.1:6381");
    }
  }

  @Test
  void call_replyEndsEarlyOrIsForeign_throwsIoException() throws Exception {
    for (String reply : List.of("", "$5\r\nab", "*2\r\n+a\r\n", "HTTP/1.1 400\r\n", "+a\rb")) {
      try (Scripted server = new Scripted("*1\r\n$4\r\nPING\r\n", reply)) {
        assertThatThrownBy(() -> server.call("PING")).as(reply).isInstanceOf(IOException.class);
      }
    }
  }

  @Test
  void reply_readAsAnotherKind_saysWhatItWas() {
    assertThat(new RedisReply.Whole(3).text()).isEqualTo("3");
    assertThatThrownBy(() -> new RedisReply.Text("x").number())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the reply must be an integer, was x");
    assertThatThrownBy(() -> new RedisReply.Nil().items())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the reply must be an array, was (nil)");
  }

  /** A server that expects certain bytes once, answers with others and hangs up. */
  private static final class Scripted implements AutoCloseable {
    private final ServerSocket listener =
        new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
    private final CompletableFuture<Void> served;

    Scripted(String expected, String reply) throws IOException {
      served =
          CompletableFuture.runAsync(
              () -> {
                try (Socket client = listener.accept()) {
                  byte[] bytes = expected.getBytes(StandardCharsets.UTF_8);
                  byte[] heard = client.getInputStream().readNBytes(bytes.length);
                  assertThat(heard).isEqualTo(bytes);
                  client.getOutputStream().write(reply.getBytes(StandardCharsets.UTF_8));
                } catch (IOException e) {
                  throw new IllegalStateException(e);
                }
              });
    }

    RedisReply call(String... words) throws IOException {
      try (RespClient client =
          RespClient.connect(
              "node", listener.getLocalPort(), StandardCharsets.UTF_8, Duration.ofSeconds(10))) {
        return client.call(List.of(words));
      } finally {
        served.join();
      }
    }

    @Override
    public void close() throws IOException {
      listener.close();
    }
  }
}
