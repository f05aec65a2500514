// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ControlSocketTest {

  private static final ControlSocket.Handler ECHO =
      (command, replies) -> {
        replies.accept(Reply.text("1 " + command));
        replies.accept(Reply.text("2 " + command));
        replies.accept(Reply.done("end"));
      };

  @TempDir private Path folder;
  private final List<ControlSocket> open = new ArrayList<>();
  private final List<Reply> replies = new ArrayList<>();

  @AfterEach
  void close() {
    open.forEach(ControlSocket::close);
  }

  @Test
  void send_answerOfSeveralLines_comesInOrder() {
    Path socket = open(ECHO);

    assertThat(ControlClient.send(socket, "hello", replies::add)).isEqualTo("end");
    assertThat(replies).containsExactly(Reply.text("1 hello"), Reply.text("2 hello"));
  }

  @Test
  void send_handlerFails_isTheClientsError() {
    Path socket =
        open(
            (command, to) -> {
              throw new UserError("name in use");
            });

    assertThatThrownBy(() -> ControlClient.send(socket, "x", replies::add))
        .isInstanceOf(UserError.class)
        .hasMessage("name in use");
  }

  @Test
  void send_supervisorEndsInTheMiddle_saysHowToGoOn() throws Exception {
    CountDownLatch working = new CountDownLatch(1);
    CountDownLatch over = new CountDownLatch(1);
    Path socket =
        open(
            (command, to) -> {
              working.countDown();
              over.await(30, TimeUnit.SECONDS);
            });
    Thread killer =
        new Thread(
            () -> {
              try {
                working.await(30, TimeUnit.SECONDS);
                open.get(0).close();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    killer.start();

    assertThatThrownBy(() -> ControlClient.send(socket, "x", replies::add))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("the supervisor has ended")
        .hasMessageContaining("./run --phase 3");
    over.countDown();
    killer.join();
  }

  @Test
  void send_clientLeaves_theWorkGoesOn() throws Exception {
    CountDownLatch left = new CountDownLatch(1);
    CountDownLatch finished = new CountDownLatch(1);
    Path socket =
        open(
            (command, to) -> {
              left.await(30, TimeUnit.SECONDS);
              for (int i = 0; i < 1000; i++) {
                to.accept(Reply.text("nobody listens"));
              }
              finished.countDown();
            });

    try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      client.write(ByteBuffer.wrap("x\n".getBytes(StandardCharsets.UTF_8)));
    }
    left.countDown();

    assertThat(finished.await(30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void send_commandTooLong_isRefused() {
    Path socket = open(ECHO);

    assertThatThrownBy(() -> ControlClient.send(socket, "x".repeat(256), replies::add))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("256 bytes");
  }

  @Test
  void place_socketAndFolder_belongToTheUserAlone() throws Exception {
    Path socket = open(ECHO);

    assertThat(socket).isEqualTo(folder.resolve("run/8080.control/control"));
    assertThat(permissions(socket.getParent())).isEqualTo("rwx------");
    assertThat(permissions(socket)).isEqualTo("rw-------");
  }

  @Test
  void place_folderOpenToOthers_isClosedToThem() throws Exception {
    Path open = Files.createDirectories(folder.resolve("run/8080.control"));
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));

    ControlSocket.place(folder.resolve("run"), 8080);

    assertThat(permissions(open)).isEqualTo("rwx------");
  }

  @Test
  void place_pathTooLongForASocket_isElsewhereAndPrivate() throws Exception {
    Path deep = folder.resolve("d".repeat(ControlSocket.MAX_PATH_BYTES));

    Path place = ControlSocket.place(deep, 8080);
    try (ControlSocket control = ControlSocket.open(place, ECHO)) {
      assertThat(control).isNotNull();
      assertThat(ControlClient.send(place, "hello", replies::add)).isEqualTo("end");
      assertThat(permissions(place.getParent())).isEqualTo("rwx------");
    }
    Files.delete(place.getParent());
  }

  @Test
  void open_leftoverOfAKilledSupervisor_isReplaced() throws Exception {
    Path socket = open(ECHO);
    open.remove(0).close();
    Files.createFile(socket);

    open.add(ControlSocket.open(socket, ECHO));

    assertThat(ControlClient.send(socket, "again", replies::add)).isEqualTo("end");
  }

  @Test
  void close_removesTheSocket() {
    Path socket = open(ECHO);

    open.remove(0).close();

    assertThat(socket).doesNotExist();
    assertThatThrownBy(() -> ControlClient.send(socket, "x", replies::add))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("does not answer");
  }

  private Path open(ControlSocket.Handler handler) {
    Path place = ControlSocket.place(folder.resolve("run"), 8080);
    open.add(ControlSocket.open(place, handler));
    return place;
  }

  private static String permissions(Path path) throws Exception {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }
}
