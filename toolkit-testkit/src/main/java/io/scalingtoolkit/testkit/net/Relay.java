// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.net;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * One relayed connection: the client's socket, the socket to the server and a pipe each way.
 * Confined to the thread of the proxy's loop.
 *
 * <p>States: waiting (accepted while a direction was cut, the server not dialled yet), dialling,
 * open, closed. An end in one direction is passed on behind the bytes before it, so half-closed
 * connections work; a dead socket resets the other one, behind the bytes already read from it.
 */
final class Relay {
  private enum State {
    WAITING,
    DIALLING,
    OPEN,
    CLOSED
  }

  /** Counts of the whole proxy, written by its relays. Confined to the thread of the loop. */
  static final class Totals {
    long accepted;
    long bytesToServer;
    long bytesToClient;
    long roundTrips;
  }

  private final Selector selector;
  private final Links links;
  private final Totals totals;
  private final SocketChannel client;
  private final SelectionKey clientKey;
  private final Pipe toServer;
  private final Pipe toClient;
  private @Nullable SocketChannel server;
  private @Nullable SelectionKey serverKey;
  private State state = State.WAITING;
  private boolean clientSpokeLast;
  private boolean broken;

  Relay(Selector selector, Links links, Totals totals, SocketChannel client) throws IOException {
    this.selector = selector;
    this.links = links;
    this.totals = totals;
    this.client = client;
    this.toServer = new Pipe(links.toServer());
    this.toClient = new Pipe(links.toClient());
    client.configureBlocking(false);
    client.setOption(StandardSocketOptions.TCP_NODELAY, true);
    this.clientKey = client.register(selector, 0, this);
    totals.accepted++;
  }

  boolean isClosed() {
    return state == State.CLOSED;
  }

  /** Takes in what the selector found ready on one of the two sockets. */
  void ready(SelectionKey key, ByteBuffer scratch, long nowNanos) {
    SocketChannel target = server;
    if (!key.isValid() || target == null) {
      return;
    }
    if (key.isConnectable()) {
      finishDial(target);
    }
    if (state == State.OPEN && key.isReadable()) {
      if (key == clientKey) {
        readClient(scratch, nowNanos);
      } else if (toClient.wantsRead() && toClient.read(target, scratch, nowNanos) > 0) {
        clientSpokeLast = false;
      }
    }
  }

  private void readClient(ByteBuffer scratch, long nowNanos) {
    if (toServer.wantsRead() && toServer.read(client, scratch, nowNanos) > 0) {
      if (!clientSpokeLast) {
        totals.roundTrips++;
      }
      clientSpokeLast = true;
    }
  }

  private void finishDial(SocketChannel target) {
    try {
      if (target.finishConnect()) {
        state = State.OPEN;
      }
    } catch (IOException unreachable) {
      // A server that cannot be dialled looks to the client like one that died: a reset.
      reset();
    }
  }

  /** Moves what is due, passes ends on, and tells the selector what to wait for next. */
  void service(InetSocketAddress upstream, long nowNanos) {
    if (state == State.WAITING && !links.anyCut()) {
      dial(upstream);
    }
    SocketChannel target = server;
    if (state == State.OPEN && target != null) {
      totals.bytesToServer += pump(toServer, toClient, target, nowNanos);
    }
    if (state == State.OPEN && target != null) {
      totals.bytesToClient += pump(toClient, toServer, client, nowNanos);
    }
    if (state == State.OPEN && toServer.isDone() && toClient.isDone()) {
      close();
    }
    updateInterest();
  }

  private void dial(InetSocketAddress upstream) {
    try {
      SocketChannel target = SocketChannel.open();
      server = target;
      target.configureBlocking(false);
      target.setOption(StandardSocketOptions.TCP_NODELAY, true);
      boolean connected = target.connect(upstream);
      serverKey = target.register(selector, connected ? 0 : SelectionKey.OP_CONNECT, this);
      state = connected ? State.OPEN : State.DIALLING;
    } catch (IOException unreachable) {
      // As in finishDial.
      reset();
    }
  }

  private long pump(Pipe pipe, Pipe reverse, SocketChannel sink, long nowNanos) {
    long written = 0;
    try {
      written = pipe.flush(sink, nowNanos);
      Pipe.End due = pipe.dueEnd(nowNanos);
      if (due == Pipe.End.FINISHED) {
        sink.shutdownOutput();
        pipe.finish();
      } else if (due == Pipe.End.RESET) {
        reset();
      }
    } catch (IOException dead) {
      // The sink is gone: what it sent before still passes, then the other side is reset.
      broken = true;
      pipe.finish();
      reverse.end(Pipe.End.RESET, nowNanos);
    }
    return written;
  }

  private void updateInterest() {
    if (state == State.OPEN && serverKey != null) {
      clientKey.interestOps(interest(toServer, toClient));
      serverKey.interestOps(interest(toClient, toServer));
    }
  }

  private static int interest(Pipe outOf, Pipe into) {
    return (outOf.wantsRead() ? SelectionKey.OP_READ : 0)
        | (into.isBlocked() ? SelectionKey.OP_WRITE : 0);
  }

  /** When this relay next needs service by time alone, {@link Long#MAX_VALUE} for never. */
  long nextDueNanos() {
    if (state != State.OPEN) {
      return Long.MAX_VALUE;
    }
    return Math.min(toServer.nextDueNanos(), toClient.nextDueNanos());
  }

  void retime(long nowNanos) {
    toServer.retime(nowNanos);
    toClient.retime(nowNanos);
  }

  /** Closes both sockets with a TCP reset. */
  void reset() {
    broken = true;
    close();
  }

  /** Closes both sockets, with a reset when one of them had died. */
  void close() {
    state = State.CLOSED;
    toServer.finish();
    toClient.finish();
    Sockets.close(client, broken);
    if (server != null) {
      Sockets.close(server, broken);
    }
  }
}
