// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.net;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A server with one thread per connection, for tests that need a far end on loopback. */
final class PlainServer implements AutoCloseable {
  interface Conversation {
    void hold(Socket client) throws IOException;
  }

  private final ServerSocket listener;
  private final List<Socket> clients = new CopyOnWriteArrayList<>();

  PlainServer(Conversation conversation) {
    try {
      listener = new ServerSocket(0, 300, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    daemon(() -> serve(conversation));
  }

  /** Sends everything back, and its end of stream after the client's. */
  static PlainServer echo() {
    return new PlainServer(
        client -> {
          client.setTcpNoDelay(true);
          client.getInputStream().transferTo(client.getOutputStream());
          client.shutdownOutput();
        });
  }

  int port() {
    return listener.getLocalPort();
  }

  List<Socket> clients() {
    return clients;
  }

  private void serve(Conversation conversation) {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        clients.add(client);
        daemon(
            () -> {
              try {
                conversation.hold(client);
              } catch (IOException ended) {
                // Faults end conversations; the tests look at the other side.
              }
            });
      } catch (IOException closed) {
        return;
      }
    }
  }

  private static void daemon(Runnable work) {
    Thread thread = new Thread(work, "plain-server");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket client : clients) {
      client.close();
    }
  }
}
