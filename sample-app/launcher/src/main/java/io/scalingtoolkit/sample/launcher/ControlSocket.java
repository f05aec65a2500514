// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/**
 * Where a supervisor takes commands of its user, one line a connection, and answers with lines, see
 * {@link Reply}. It is a socket file in a folder that nobody else may enter. Thread-safe.
 */
final class ControlSocket implements AutoCloseable {

  /** The kernel's limit is 107 bytes and a zero (unix(7)); other systems have a little less. */
  static final int MAX_PATH_BYTES = 100;

  private static final int MAX_COMMAND_BYTES = 256;
  private static final int MAX_CLIENTS = 8;
  private static final String NAME = "control";

  private final Path file;
  private final ServerSocketChannel server;
  private final Handler handler;
  private final ExecutorService clients =
      Executors.newFixedThreadPool(MAX_CLIENTS, task -> daemon(task, "control-client"));
  private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();

  private ControlSocket(Path file, ServerSocketChannel server, Handler handler) {
    this.file = file;
    this.server = server;
    this.handler = handler;
  }

  /** What answers commands. */
  interface Handler {

    /**
     * Does what a command says.
     *
     * @param command one line without its end
     * @param replies takes the lines of the answer, the last one included; does nothing once the
     *     client has gone
     * @throws UserError when it cannot be done; the client is told
     */
    void handle(String command, Consumer<Reply> replies) throws InterruptedException;
  }

  /**
   * Chooses where the socket of the application on a port shall be: beside its state file or, where
   * that path is too long for a socket, in the folder for temporary files.
   *
   * @return absolute path of the socket, whose folder exists and is private
   * @throws UserError when the folder cannot be made
   */
  static Path place(Path stateFolder, int port) {
    try {
      Path folder = stateFolder.toAbsolutePath().resolve(port + "." + NAME);
      Path place = folder.resolve(NAME);
      if (place.toString().getBytes(StandardCharsets.UTF_8).length > MAX_PATH_BYTES) {
        return Files.createTempDirectory("run-" + port + "-").resolve(NAME);
      }
      Files.createDirectories(stateFolder);
      try {
        Files.createDirectory(
            folder,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      } catch (FileAlreadyExistsException leftover) {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
      }
      return place;
    } catch (IOException e) {
      throw unusable(stateFolder, e);
    }
  }

  /**
   * Listens on a place that {@link #place} has chosen.
   *
   * @throws UserError when that is not possible
   */
  static ControlSocket open(Path place, Handler handler) {
    try {
      Files.deleteIfExists(place); // of a supervisor that was killed
      ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      try {
        server.bind(UnixDomainSocketAddress.of(place));
        Files.setPosixFilePermissions(place, PosixFilePermissions.fromString("rw-------"));
        ControlSocket control = new ControlSocket(place, server, handler);
        daemon(control::accept, "control-accept").start();
        return control;
      } catch (IOException | RuntimeException e) {
        server.close();
        throw e;
      }
    } catch (IOException e) {
      throw unusable(place, e);
    }
  }

  private static UserError unusable(Path path, IOException e) {
    return new UserError("cannot take commands on " + path + ": " + UserError.reason(e), e);
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  private void accept() {
    while (server.isOpen()) {
      try {
        SocketChannel client = server.accept();
        open.add(client);
        clients.execute(() -> serve(client));
      } catch (ClosedChannelException closed) {
        return;
      } catch (IOException | RuntimeException e) {
        // Nothing can be answered any more; the application itself goes on.
        return;
      }
    }
  }

  private void serve(SocketChannel client) {
    try (client) {
      Consumer<Reply> replies = reply -> send(client, reply);
      try {
        handler.handle(command(client), replies);
      } catch (UserError e) {
        replies.accept(Reply.failed(String.valueOf(e.getMessage())));
      } catch (RuntimeException e) {
        replies.accept(Reply.failed("unexpected failure, please report it: " + e));
      }
    } catch (IOException gone) {
      // The client has left before it had said what it wants.
      return;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      open.remove(client);
    }
  }

  private static String command(SocketChannel client) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(MAX_COMMAND_BYTES);
    while (bytes.hasRemaining() && client.read(bytes) >= 0) {
      if (bytes.position() > 0 && bytes.get(bytes.position() - 1) == '\n') {
        return new String(bytes.array(), 0, bytes.position() - 1, StandardCharsets.UTF_8);
      }
    }
    throw new UserError("a command must be one line of at most " + MAX_COMMAND_BYTES + " bytes");
  }

  private static void send(SocketChannel client, Reply reply) {
    if (!client.isOpen()) {
      return;
    }
    ByteBuffer bytes = ByteBuffer.wrap((reply.line() + "\n").getBytes(StandardCharsets.UTF_8));
    try {
      while (bytes.hasRemaining()) {
        client.write(bytes);
      }
    } catch (IOException gone) {
      close(client);
    }
  }

  /** Takes no more commands; those in work are cut off from their clients. */
  @Override
  public void close() {
    try {
      server.close();
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw unusable(file, e);
    } finally {
      open.forEach(ControlSocket::close);
      clients.shutdown();
    }
  }

  private static void close(SocketChannel client) {
    try {
      client.close();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException("a connection cannot be closed", e);
    }
  }
}
