// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.net;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * A TCP proxy on loopback in front of any host and port, with network faults that are switched at
 * run time. Thread-safe.
 *
 * <p>When to use: put it between a client and a real server to see what the client does when the
 * network is slow, silent or gone. When not: it knows no protocol, so it cannot fail one statement
 * and pass the next; and it works on streams, so there is no packet loss to inject (TCP shows its
 * application loss as latency only).
 *
 * <p>A fault is in force when its verb returns: no byte read by the proxy afterwards passes
 * unharmed. Faults add up until {@link #heal()}. Bytes are delayed and held, never lost, reordered
 * or altered, while their connection lives. Bytes already inside the proxy when a delay changes are
 * treated as having arrived at that moment. At most 1 MiB is held per connection and direction;
 * beyond that the sender is held back by TCP. The dial itself is not delayed by latency, since the
 * kernel answers it.
 *
 * <p>The port stays the same until {@link #close()}. One daemon thread serves all connections.
 */
public final class FaultProxy implements AutoCloseable {
  private static final Duration MAX_DELAY = Duration.ofHours(1);
  private static final long ANSWER_SECONDS = 30;

  private final ProxyLoop loop;
  private final Thread thread;
  private final int port;
  private boolean closed;

  private FaultProxy(ProxyLoop loop) {
    this.loop = loop;
    this.port = loop.door().address().getPort();
    this.thread = new Thread(loop, "fault-proxy-" + port);
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * Starts a healthy proxy on a free port.
   *
   * @param host name or address of the server, resolved now
   * @param port port of the server, 1 to 65535; nothing needs to listen there yet
   * @return the running proxy
   * @throws IllegalArgumentException when the host does not resolve or the port is out of range
   */
  public static FaultProxy to(String host, int port) {
    return builder(host, port).start();
  }

  /**
   * A builder for a proxy in front of a server.
   *
   * @param host name or address of the server, resolved when started
   * @param port port of the server, 1 to 65535; nothing needs to listen there yet
   * @return a builder with a free port and a fixed seed
   */
  public static Builder builder(String host, int port) {
    return new Builder(host, port);
  }

  /** The address to dial instead of the server's, always a loopback address. */
  public String host() {
    return loop.door().address().getAddress().getHostAddress();
  }

  /** The port to dial instead of the server's. */
  public int port() {
    return port;
  }

  /** Delays bytes by this much each way, so that a round trip takes twice as long. */
  public void latency(Duration delay) {
    long nanos = delayNanos("latency", delay);
    retimed(link -> link.setLatencyNanos(nanos));
  }

  /**
   * Delays bytes in one direction.
   *
   * @param direction the direction to delay
   * @param delay from zero to one hour; zero takes the delay away
   */
  public void latency(Direction direction, Duration delay) {
    long nanos = delayNanos("latency", delay);
    retimed(direction, link -> link.setLatencyNanos(nanos));
  }

  /** Adds a random delay each way, uniform from zero to this much; order is kept. */
  public void jitter(Duration most) {
    long nanos = delayNanos("jitter", most);
    retimed(link -> link.setJitterNanos(nanos));
  }

  /**
   * Adds a random delay in one direction, on top of the latency. Order is kept: bytes wait for
   * those before them.
   *
   * @param direction the direction to delay
   * @param most the largest delay, from zero to one hour; drawn uniformly for each piece read
   */
  public void jitter(Direction direction, Duration most) {
    long nanos = delayNanos("jitter", most);
    retimed(direction, link -> link.setJitterNanos(nanos));
  }

  /** Limits each direction to this many bytes a second; see the variant with a direction. */
  public void bandwidth(long bytesPerSecond) {
    long limit = positive("bandwidth", bytesPerSecond);
    retimed(link -> link.setBytesPerSecond(limit));
  }

  /**
   * Limits one direction, all connections together.
   *
   * @param direction the direction to limit
   * @param bytesPerSecond at least 1; {@link #heal()} takes the limit away
   */
  public void bandwidth(Direction direction, long bytesPerSecond) {
    long limit = positive("bandwidth", bytesPerSecond);
    retimed(direction, link -> link.setBytesPerSecond(limit));
  }

  /**
   * Partitions the network both ways: connections stay open and nothing passes, neither bytes nor
   * ends. A dial is still answered by the proxy's kernel and then silent; the server is not dialled
   * until both directions are whole. {@link #heal()} delivers what was held.
   */
  public void cut() {
    each(link -> link.setCut(true));
  }

  /**
   * Partitions one direction: nothing passes that way, the other way keeps flowing on connections
   * that are open; new ones wait as in {@link #cut()}.
   *
   * @param direction the direction to cut
   */
  public void cut(Direction direction) {
    one(direction, link -> link.setCut(true));
  }

  /** Holds back the end of a connection each way: a FIN or reset is passed on this much later. */
  public void slowClose(Duration delay) {
    long nanos = delayNanos("slowClose", delay);
    retimed(link -> link.setCloseDelayNanos(nanos));
  }

  /**
   * Makes the host vanish: as {@link #cut()} for connections, and a dial hangs unanswered. A dial
   * that is still trying when {@link #heal()} comes gets through at its next SYN retry (after one
   * second, then two, as TCP does). Takes about a tenth of a second. On systems other than Linux a
   * dial may be answered and then silent.
   */
  public synchronized void blackHole() {
    call(
        () -> {
          loop.links().forEach(link -> link.setCut(true));
          loop.switchDials(Door.Mode.SILENT);
          return true;
        });
    List<Socket> fillers = fill();
    order(() -> loop.door().keepFillers(fillers));
  }

  /** Resets every open connection on both sides, once; new dials are served as before. */
  public void resetConnections() {
    order(loop::resetConnections);
  }

  /** Answers every new dial with a connection that is reset at once; open ones are not touched. */
  public void resetDials() {
    mode(Door.Mode.RESET);
  }

  /** Refuses every new dial, as a host without a listener does; open ones are not touched. */
  public void refuse() {
    mode(Door.Mode.REFUSE);
  }

  /**
   * Takes all faults away: delays, limits and cuts end, held bytes and ends are delivered in order,
   * dials are served again on the same port.
   *
   * @throws IllegalStateException when the proxy is closed, or another process has taken the port
   *     by force while it was refusing
   */
  public void heal() {
    call(
        () -> {
          loop.links().forEach(Link::heal);
          loop.retime();
          loop.switchDials(Door.Mode.SERVE);
          return true;
        });
  }

  /** What has passed so far, counted at one moment between two reads. */
  public Traffic traffic() {
    return call(loop::traffic);
  }

  /**
   * Closes all connections and the port and ends the thread; does nothing the second time.
   *
   * <p>On an interrupt, which stays set, it returns at once and the thread ends by itself.
   */
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      if (thread.isAlive()) {
        // Not waited for: the end of the thread says that it was obeyed.
        var unused =
            loop.submit(
                () -> {
                  loop.stop();
                  return true;
                });
      }
    }
    try {
      thread.join(TimeUnit.SECONDS.toMillis(ANSWER_SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public String toString() {
    return "FaultProxy[" + host() + ":" + port + "]";
  }

  private List<Socket> fill() {
    try {
      return loop.door().fillBacklog();
    } catch (IOException e) {
      throw new IllegalStateException(this + ": could not fill the backlog", e);
    }
  }

  private void mode(Door.Mode mode) {
    call(
        () -> {
          loop.switchDials(mode);
          return true;
        });
  }

  private void each(Consumer<Link> change) {
    order(() -> loop.links().forEach(change));
  }

  private void one(Direction direction, Consumer<Link> change) {
    Objects.requireNonNull(direction, "direction");
    order(() -> change.accept(loop.links().of(direction)));
  }

  private void retimed(Consumer<Link> change) {
    order(
        () -> {
          loop.links().forEach(change);
          loop.retime();
        });
  }

  private void retimed(Direction direction, Consumer<Link> change) {
    Objects.requireNonNull(direction, "direction");
    order(
        () -> {
          change.accept(loop.links().of(direction));
          loop.retime();
        });
  }

  private void order(Runnable action) {
    call(
        () -> {
          action.run();
          return true;
        });
  }

  private synchronized <T> T call(Callable<T> action) {
    if (closed || !thread.isAlive()) {
      throw new IllegalStateException(this + " is closed");
    }
    try {
      return loop.submit(action).get(ANSWER_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(this + ": interrupted while switching a fault", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException(this + ": could not switch a fault", e);
    }
  }

  private static long delayNanos(String name, Duration delay) {
    if (delay.isNegative() || delay.compareTo(MAX_DELAY) > 0) {
      throw new IllegalArgumentException(
          name + " must be from 0 to " + MAX_DELAY + ", was " + delay);
    }
    return delay.toNanos();
  }

  private static long positive(String name, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(
          name + " must be at least 1 byte per second, was " + value);
    }
    return value;
  }

  /** The settings of a proxy that cannot be changed while it runs. Confined. */
  public static final class Builder {
    private final String host;
    private final int port;
    private int listenPort;
    private RandomGenerator random = new SplittableRandom(0);

    private Builder(String host, int port) {
      this.host = Objects.requireNonNull(host, "host");
      this.port = port("port", port, 1);
    }

    /**
     * Sets the port to listen on.
     *
     * @param port 1 to 65535, or 0 for any free port, which is the default
     * @return this
     */
    public Builder listenOn(int port) {
      this.listenPort = port("listenOn", port, 0);
      return this;
    }

    /**
     * Sets the source of jitter.
     *
     * @param random used by the proxy's thread only; by default a generator with a fixed seed, so
     *     that the same traffic gets the same delays
     * @return this
     */
    public Builder random(RandomGenerator random) {
      this.random = Objects.requireNonNull(random, "random");
      return this;
    }

    /**
     * Starts the proxy.
     *
     * @return the running proxy, healthy
     * @throws IllegalArgumentException when the host does not resolve
     * @throws IllegalStateException when the port to listen on is taken
     */
    public FaultProxy start() {
      InetSocketAddress upstream = new InetSocketAddress(host, port);
      // The JDK takes an empty name for loopback.
      if (host.isBlank() || upstream.isUnresolved()) {
        throw new IllegalArgumentException("host must resolve to an address, was '" + host + "'");
      }
      try {
        Links links = new Links(new Link(random), new Link(random));
        return new FaultProxy(new ProxyLoop(upstream, listenPort, links));
      } catch (IOException e) {
        throw new IllegalStateException(
            "fault proxy for " + host + ":" + port + " could not listen on port " + listenPort, e);
      }
    }

    private static int port(String name, int value, int least) {
      if (value < least || value > 65_535) {
        throw new IllegalArgumentException(
            name + " must be from " + least + " to 65535, was " + value);
      }
      return value;
    }
  }
}
