// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.net;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The listening side of a proxy: one port, and what happens to who dials it. Confined to the thread
 * of the proxy's loop, except {@link #fillBacklog()}.
 *
 * <p>The port is held from start to close by a socket that is bound and never listens. While the
 * listener is closed (refuse) the kernel answers dials with a reset, and no client can be given the
 * port as its own source port. Black hole: a listener that stops accepting, with its backlog filled
 * by dials of our own; Linux then drops further SYNs, so a dial hangs as it does on a dead network,
 * and its retry succeeds once the backlog is free.
 */
final class Door {
  /** What happens to a dial. */
  enum Mode {
    SERVE,
    RESET,
    REFUSE,
    SILENT
  }

  private static final int BACKLOG = 128;
  private static final int MAX_FILLERS = BACKLOG + 16;
  private static final int FILL_TIMEOUT_MILLIS = 100;

  private final Selector selector;
  private final SocketChannel reservation;
  private final InetSocketAddress address;
  private final List<Socket> fillers = new ArrayList<>();
  private final Set<Integer> fillerPorts = new HashSet<>();
  private @Nullable ServerSocketChannel listener;
  private Mode mode = Mode.REFUSE;

  /**
   * Reserves the port and opens.
   *
   * @param port the port to listen on, 0 for any free one
   */
  Door(Selector selector, int port) throws IOException {
    this.selector = selector;
    this.reservation = SocketChannel.open();
    try {
      reservation.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      reservation.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      this.address = (InetSocketAddress) reservation.getLocalAddress();
      setMode(Mode.SERVE);
    } catch (IOException e) {
      Sockets.close(reservation);
      throw e;
    }
  }

  InetSocketAddress address() {
    return address;
  }

  /** Changes what happens to dials from now on; existing connections are not touched. */
  void setMode(Mode next) throws IOException {
    fillers.forEach(Sockets::close);
    fillers.clear();
    if (next == Mode.REFUSE) {
      closeListener();
    } else {
      ServerSocketChannel open = listener == null ? openListener() : listener;
      SelectionKey key = open.keyFor(selector);
      if (key != null) {
        key.interestOps(next == Mode.SILENT ? 0 : SelectionKey.OP_ACCEPT);
      }
    }
    mode = next;
  }

  private ServerSocketChannel openListener() throws IOException {
    ServerSocketChannel fresh = ServerSocketChannel.open();
    try {
      fresh.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      fresh.configureBlocking(false);
      fresh.bind(address, BACKLOG);
      fresh.register(selector, SelectionKey.OP_ACCEPT, this);
    } catch (IOException e) {
      Sockets.close(fresh);
      throw e;
    }
    listener = fresh;
    return fresh;
  }

  private void closeListener() {
    if (listener != null) {
      Sockets.close(listener);
      listener = null;
    }
    fillerPorts.clear();
  }

  /**
   * Dials our own port until a dial hangs. Runs on the caller's thread, since it blocks for up to
   * {@value #FILL_TIMEOUT_MILLIS} ms at the end.
   *
   * @return the dials that were taken into the backlog
   */
  List<Socket> fillBacklog() throws IOException {
    List<Socket> taken = new ArrayList<>();
    for (int i = 0; i < MAX_FILLERS; i++) {
      Socket filler = new Socket();
      try {
        filler.connect(address, FILL_TIMEOUT_MILLIS);
        taken.add(filler);
      } catch (SocketTimeoutException full) {
        // The state this method is after.
        filler.close();
        break;
      }
    }
    return taken;
  }

  /** Keeps the dials of {@link #fillBacklog()} until the mode changes. */
  void keepFillers(List<Socket> taken) {
    fillers.addAll(taken);
    taken.forEach(filler -> fillerPorts.add(filler.getLocalPort()));
  }

  /** The next client to relay, or null when nobody waits. */
  @Nullable SocketChannel accept() throws IOException {
    ServerSocketChannel open = listener;
    while (open != null && mode != Mode.SILENT) {
      SocketChannel client = open.accept();
      if (client == null) {
        // Fillers were queued before the mode changed back, so all of them have come out by now.
        fillerPorts.clear();
        return null;
      }
      int clientPort = client.socket().getPort();
      if (fillerPorts.remove(clientPort)) {
        Sockets.close(client);
      } else if (mode == Mode.RESET) {
        Sockets.close(client, true);
      } else {
        return client;
      }
    }
    return null;
  }

  void close() {
    fillers.forEach(Sockets::close);
    fillers.clear();
    closeListener();
    Sockets.close(reservation);
  }
}
