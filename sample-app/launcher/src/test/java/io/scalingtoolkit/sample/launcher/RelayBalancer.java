// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Passes each connection to the next instance that accepts it; enough for tests. */
final class RelayBalancer implements Balancer {

  private final ServerSocket server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private volatile List<Integer> instances;
  private int next;

  RelayBalancer(int port, List<Integer> instances) throws IOException {
    this.server = new ServerSocket(port, 50, InetAddress.getLoopbackAddress());
    this.instances = List.copyOf(instances);
    threads.execute(this::accept);
  }

  @Override
  public String report() {
    return "relay on " + server.getLocalPort();
  }

  @Override
  public void awaitReady(Duration limit) {
    // It listens from the start.
  }

  @Override
  public void update(List<Integer> instancePorts) {
    instances = List.copyOf(instancePorts);
  }

  List<Integer> instances() {
    return instances;
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    threads.shutdownNow();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket client = server.accept();
        threads.execute(() -> relay(client));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void relay(Socket client) {
    try (client;
        Socket instance = connect()) {
      threads.execute(() -> copy(client, instance));
      copy(instance, client);
    } catch (IOException nobodyServes) {
      // The client sees the end of its connection.
      return;
    }
  }

  private Socket connect() throws IOException {
    List<Integer> now = instances;
    for (int i = 0; i < now.size(); i++) {
      try {
        return new Socket(
            InetAddress.getLoopbackAddress(), now.get(Math.floorMod(next++, now.size())));
      } catch (IOException refused) {
        continue;
      }
    }
    throw new IOException("no instance accepts");
  }

  private static void copy(Socket from, Socket to) {
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      in.transferTo(out);
      to.shutdownOutput();
    } catch (IOException ended) {
      // The other direction ends as well.
      return;
    }
  }
}
