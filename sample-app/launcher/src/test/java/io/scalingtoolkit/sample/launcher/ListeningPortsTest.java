// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ListeningPortsTest {

  private static final String HEADER =
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

  @TempDir private Path proc;

  @BeforeEach
  void tables() throws Exception {
    Files.createDirectories(proc.resolve("net"));
    Files.writeString(proc.resolve("net/tcp"), HEADER);
    Files.writeString(proc.resolve("net/tcp6"), HEADER);
  }

  @Test
  void holder_listenerOnIpv6_namesItsProcess() throws Exception {
    int port = freePort();
    listen("tcp6", "00000000000000000000000000000000:%04X".formatted(port), "0A", 4711);
    process(321, 4711, "java\0-jar\0other.jar\0");

    assertThat(new ListeningPorts(proc).holder(port))
        .contains(new ListeningPorts.Holder(321, "java -jar other.jar"));
  }

  @Test
  void holder_processNotVisible_isUnknown() throws Exception {
    int port = freePort();
    listen("tcp", "0100007F:%04X".formatted(port), "0A", 4711);

    assertThat(new ListeningPorts(proc).holder(port)).contains(new ListeningPorts.Holder(0, ""));
  }

  @Test
  void holder_onlyAnEstablishedConnection_isFree() throws Exception {
    int port = freePort();
    listen("tcp", "0100007F:%04X".formatted(port), "01", 4711);
    process(321, 4711, "java\0");

    assertThat(new ListeningPorts(proc).holder(port)).isEmpty();
  }

  @Test
  void holder_commandWithLineBreaks_staysOneShortLine() throws Exception {
    int port = freePort();
    listen("tcp", "00000000:%04X".formatted(port), "0A", 4711);
    process(321, 4711, "evil\nname\0" + "x".repeat(500));

    assertThat(new ListeningPorts(proc).holder(port))
        .hasValueSatisfying(
            holder ->
                assertThat(holder.command())
                    .startsWith("evil name x")
                    .hasSizeLessThanOrEqualTo(110));
  }

  @Test
  void holder_withoutTables_triesThePort() throws Exception {
    try (ServerSocket taken = new ServerSocket(0)) {
      ListeningPorts ports = new ListeningPorts(proc.resolve("absent"));

      assertThat(ports.holder(taken.getLocalPort())).contains(new ListeningPorts.Holder(0, ""));
    }
  }

  @Test
  void holder_realSocket_isThisProcess() throws Exception {
    try (ServerSocket taken = new ServerSocket(0)) {
      ListeningPorts ports = new ListeningPorts(Path.of("/proc"));

      assertThat(ports.holder(taken.getLocalPort()))
          .hasValueSatisfying(
              holder -> assertThat(holder.pid()).isEqualTo(ProcessHandle.current().pid()));
    }
  }

  @Test
  void listens_socketOfAnotherProcess_isFalse() throws Exception {
    int port = freePort();
    listen("tcp", "00000000:%04X".formatted(port), "0A", 4711);
    process(321, 4711, "a");
    process(322, 4712, "b");
    ListeningPorts ports = new ListeningPorts(proc);

    assertThat(ports.listens(321, port)).isTrue();
    assertThat(ports.listens(322, port)).isFalse();
  }

  private void listen(String table, String address, String state, int inode) throws Exception {
    Files.writeString(
        proc.resolve("net/" + table),
        HEADER + "   0: " + address + " 0:0 " + state + " 0:0 00:0 0 0 0 " + inode + " 1 0 100\n");
  }

  private void process(int pid, int inode, String commandLine) throws Exception {
    Path files = Files.createDirectories(proc.resolve(pid + "/fd"));
    Files.createSymbolicLink(files.resolve("5"), Path.of("socket:[" + inode + "]"));
    Files.writeString(proc.resolve(pid + "/cmdline"), commandLine);
  }

  private static int freePort() throws Exception {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
