// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Tells who listens on a TCP port of this machine, from {@code /proc} (proc(5)). Where there is no
 * {@code /proc}, or its entries belong to somebody else, only that the port is taken is known.
 */
final class ListeningPorts {

  private static final String LISTEN = "0A";
  private static final int COMMAND_LENGTH = 100;

  private final Path proc;

  /**
   * @param proc the mounted process file system, {@code /proc} outside tests
   */
  ListeningPorts(Path proc) {
    this.proc = proc;
  }

  /**
   * Who holds a port.
   *
   * @param pid its process, 0 when it cannot be seen
   * @param command its command line, shortened to one line; empty when it cannot be seen
   */
  record Holder(long pid, String command) {}

  /**
   * Looks a port up.
   *
   * @return the holder, or empty when this process may listen on it
   * @throws UserError when the port is free but this user may not use it
   */
  Optional<Holder> holder(int port) {
    Set<String> sockets = socketsOn(port);
    if (!sockets.isEmpty()) {
      return Optional.of(owner(sockets));
    }
    try (ServerSocket probe = new ServerSocket()) {
      probe.bind(new InetSocketAddress(port));
      return Optional.empty();
    } catch (BindException e) {
      String reason = UserError.reason(e);
      if (reason.contains("in use")) {
        return Optional.of(new Holder(0, ""));
      }
      throw new UserError("cannot listen on port " + port + ": " + reason, e);
    } catch (IOException e) {
      throw new UserError("cannot listen on port " + port + ": " + UserError.reason(e), e);
    }
  }

  /** Whether this very process listens on the port; true as well where that cannot be seen. */
  boolean listens(long pid, int port) {
    Set<String> sockets = socketsOn(port);
    return sockets.isEmpty() || owns(proc.resolve(Long.toString(pid)), sockets);
  }

  private Holder owner(Set<String> sockets) {
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(proc, "[0-9]*")) {
      for (Path process : processes) {
        if (owns(process, sockets)) {
          return new Holder(Long.parseLong(process.getFileName().toString()), command(process));
        }
      }
    } catch (IOException unreadable) {
      return new Holder(0, "");
    }
    return new Holder(0, "");
  }

  private static boolean owns(Path process, Set<String> sockets) {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(process.resolve("fd"))) {
      for (Path file : files) {
        if (sockets.contains(target(file))) {
          return true;
        }
      }
    } catch (IOException endedOrForeign) {
      return false;
    }
    return false;
  }

  private static String target(Path link) {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (IOException closedMeanwhile) {
      return "";
    }
  }

  private static String command(Path process) {
    try {
      String line = Files.readString(process.resolve("cmdline"), StandardCharsets.ISO_8859_1);
      String text = UserError.oneLine(line);
      return text.length() <= COMMAND_LENGTH ? text : text.substring(0, COMMAND_LENGTH) + " …";
    } catch (IOException ended) {
      return "";
    }
  }

  private Set<String> socketsOn(int port) {
    Set<String> sockets = new HashSet<>();
    addSockets(proc.resolve("net/tcp"), port, sockets);
    addSockets(proc.resolve("net/tcp6"), port, sockets);
    return sockets;
  }

  /** Columns: number, local address:port, remote address:port, state, …, inode as the tenth. */
  private static void addSockets(Path table, int port, Set<String> sockets) {
    for (String line : lines(table)) {
      String[] columns = line.strip().split("\\s+", -1);
      if (columns.length > 9
          && columns[3].equals(LISTEN)
          && Integer.parseInt(columns[1].substring(columns[1].lastIndexOf(':') + 1), 16) == port) {
        sockets.add("socket:[" + columns[9] + "]");
      }
    }
  }

  /** No lines where the table is absent: the caller then falls back to trying the port. */
  private static List<String> lines(Path table) {
    try {
      return Files.readAllLines(table);
    } catch (IOException absent) {
      return List.of();
    }
  }
}
