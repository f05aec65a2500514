// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.net;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread of a proxy: waits for sockets, for due bytes and for orders, and owns all state.
 * Orders are handed over by {@link #submit}; everything else is confined to the loop's thread.
 *
 * <p>Cost: each turn looks at every open connection, which is fine for the hundreds a test opens.
 */
final class ProxyLoop implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(ProxyLoop.class);

  private static final long NANOS_PER_MILLI = 1_000_000L;

  /** The selector counts in milliseconds; what is left below one is slept in steps of this. */
  private static final long FINE_STEP_NANOS = 100_000L;

  private record Order<T>(Callable<T> action, CompletableFuture<T> answer) {
    /** Runs the action; the returned step publishes its outcome. */
    Runnable run() {
      try {
        T result = action.call();
        return () -> answer.complete(result);
      } catch (Exception e) {
        return () -> answer.completeExceptionally(e);
      }
    }
  }

  private final long originNanos = System.nanoTime();
  private final ByteBuffer scratch = ByteBuffer.allocateDirect(Link.MAX_CHUNK_BYTES);
  private final Queue<Order<?>> orders = new ConcurrentLinkedQueue<>();
  private final List<Relay> relays = new ArrayList<>();
  private final Relay.Totals totals = new Relay.Totals();
  private final InetSocketAddress upstream;
  private final Links links;
  private final Selector selector;
  private final Door door;
  private boolean stopping;

  ProxyLoop(InetSocketAddress upstream, int port, Links links) throws IOException {
    this.upstream = upstream;
    this.links = links;
    this.selector = Selector.open();
    try {
      this.door = new Door(selector, port);
    } catch (IOException e) {
      selector.close();
      throw e;
    }
  }

  Door door() {
    return door;
  }

  Links links() {
    return links;
  }

  /** Has the loop's thread run an action; the answer comes after its effects are in place. */
  <T> CompletableFuture<T> submit(Callable<T> action) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    orders.add(new Order<>(action, answer));
    selector.wakeup();
    return answer;
  }

  /** Re-times everything held after a change of settings. For actions of {@link #submit}. */
  void retime() {
    links.forEach(Link::forgetPromises);
    long now = nowNanos();
    relays.forEach(relay -> relay.retime(now));
  }

  /**
   * Changes what happens to dials. Those the kernel has answered already are open connections in
   * the eyes of their clients, so they are taken in first. For actions of {@link #submit}.
   */
  void switchDials(Door.Mode mode) throws IOException {
    welcome();
    door.setMode(mode);
  }

  /** Resets every connection. For actions of {@link #submit}. */
  void resetConnections() {
    relays.forEach(Relay::reset);
    relays.clear();
  }

  /** The counts so far. For actions of {@link #submit}. */
  Traffic traffic() {
    return new Traffic(
        totals.accepted,
        relays.size(),
        totals.bytesToServer,
        totals.bytesToClient,
        totals.roundTrips);
  }

  /** Ends the loop after the present turn. For actions of {@link #submit}. */
  void stop() {
    stopping = true;
  }

  @Override
  public void run() {
    try {
      while (!stopping) {
        await();
        obey();
        takeIn();
        service();
      }
    } catch (IOException | RuntimeException e) {
      log.error("fault proxy {}: the loop failed, all connections are dropped", door.address(), e);
    } finally {
      relays.forEach(Relay::close);
      door.close();
      Sockets.close(selector);
      for (Order<?> late = orders.poll(); late != null; late = orders.poll()) {
        late.answer().completeExceptionally(new IllegalStateException("the proxy is closed"));
      }
    }
  }

  private long nowNanos() {
    return System.nanoTime() - originNanos;
  }

  private void await() throws IOException {
    long due = Long.MAX_VALUE;
    for (Relay relay : relays) {
      due = Math.min(due, relay.nextDueNanos());
    }
    if (due == Long.MAX_VALUE) {
      selector.select();
      return;
    }
    long wait = due - nowNanos();
    if (wait >= NANOS_PER_MILLI) {
      selector.select(wait / NANOS_PER_MILLI);
    } else {
      if (wait > 0) {
        LockSupport.parkNanos(Math.min(wait, FINE_STEP_NANOS));
      }
      selector.selectNow();
    }
  }

  private void obey() throws IOException {
    List<Runnable> answers = new ArrayList<>();
    for (Order<?> order = orders.poll(); order != null; order = orders.poll()) {
      answers.add(order.run());
    }
    if (!answers.isEmpty()) {
      // A closed channel that is still registered closes its socket only in the next select.
      selector.selectNow();
      answers.forEach(Runnable::run);
    }
  }

  private void takeIn() throws IOException {
    long now = nowNanos();
    Iterator<SelectionKey> ready = selector.selectedKeys().iterator();
    while (ready.hasNext()) {
      SelectionKey key = ready.next();
      ready.remove();
      if (key.attachment() instanceof Relay relay) {
        relay.ready(key, scratch, now);
      } else if (key.isValid()) {
        welcome();
      }
    }
  }

  private void welcome() throws IOException {
    for (SocketChannel client = door.accept(); client != null; client = door.accept()) {
      try {
        relays.add(new Relay(selector, links, totals, client));
      } catch (IOException gone) {
        // The client hung up between dialling and being accepted: nobody is left to serve.
        Sockets.close(client);
      }
    }
  }

  private void service() {
    long now = nowNanos();
    for (Relay relay : relays) {
      if (!relay.isClosed()) {
        relay.service(upstream, now);
      }
    }
    relays.removeIf(Relay::isClosed);
  }
}
