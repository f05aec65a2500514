// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Everything that runs in phase 3: the servers of the shards, Redis, the instances of the
 * application, the load balancer before them, and the socket for commands. It is started once.
 * Thread-safe; {@link #close} may come at any time, also in the middle of the start.
 */
final class Fleet implements AutoCloseable {

  private static final Duration BALANCER_DEADLINE = Duration.ofSeconds(30);
  private static final Duration MAP_TIMEOUT = Duration.ofSeconds(5);

  private final Setup setup;
  private final Parts parts;
  private final ShardList list;
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private boolean closed;

  private @Nullable Instances instances;
  private @Nullable Expansion expansion;
  private @Nullable Report report;

  Fleet(Setup setup, Parts parts) {
    this.setup = setup;
    this.parts = parts;
    this.list = new ShardList(setup.data().path());
  }

  /**
   * What is started.
   *
   * @param program what instances run
   * @param data folder of the whole
   * @param count instances, 1 to 8
   * @param control where commands are taken, see {@link ControlSocket#place}
   * @param ports to see whether an instance listens
   * @param journal is told what happens
   * @param nanoClock monotonic
   * @param random chooses ports
   */
  record Setup(
      Program program,
      DataFolder data,
      int count,
      java.nio.file.Path control,
      ListeningPorts ports,
      Journal journal,
      LongSupplier nanoClock,
      RandomGenerator random) {}

  /** The parts that are not processes of the application. */
  interface Parts {

    /** Starts the servers of one shard, see {@link ShardServers.Starter}. */
    Engines shard(String name);

    /** Starts what instances share beside the databases, and which closes those with it. */
    Engines shared(Engines databases);

    /** Starts the load balancer before these ports. */
    Balancer balancer(List<Integer> instancePorts);
  }

  /**
   * What a start has brought up.
   *
   * @param engines lines about servers
   * @param instances one each
   * @param balancer line about the balancer
   * @param shards how many there are
   * @param joining whether one of them has not got all of its share yet
   */
  record Report(
      List<String> engines,
      List<Instances.Status> instances,
      String balancer,
      int shards,
      boolean joining) {}

  /**
   * Starts everything and waits until the balancer lets requests through.
   *
   * @throws UserError when a part does not start; {@link #close} ends the others
   */
  Report start() throws InterruptedException {
    ShardServers servers = ShardServers.start(list.names(), parts::shard);
    keep(servers);
    Engines engines = parts.shared(servers);
    replace(servers, engines);
    Instances started =
        new Instances(
            new Instances.Setup(
                setup.program(),
                setup.data(),
                () -> environment(engines),
                setup.ports(),
                setup.journal(),
                setup.nanoClock(),
                setup.random()));
    keep(started);
    started.start(FreePorts.find(setup.count(), setup.random()));
    Balancer balancer = parts.balancer(started.serving());
    keep(balancer);
    balancer.awaitReady(BALANCER_DEADLINE);
    started.behind(balancer::update);
    Expansion expanding =
        new Expansion(list, servers, started, work -> mover(engines, work), setup.journal());
    keep(expanding);
    synchronized (this) {
      instances = started;
      expansion = expanding;
      report =
          new Report(
              engines.report(),
              started.report(),
              balancer.report(),
              list.names().size(),
              list.joining());
    }
    keep(ControlSocket.open(setup.control(), this::answer));
    return report();
  }

  /** Waits until no instance serves any more and none will, or everything was closed. */
  void awaitEnd() throws InterruptedException {
    instances().awaitEnd();
  }

  /** Ends everything, what was started last first. Closing twice is allowed. */
  @Override
  public void close() {
    while (true) {
      AutoCloseable next;
      synchronized (this) {
        closed = true;
        next = open.pollFirst();
      }
      if (next == null) {
        return;
      }
      end(next);
    }
  }

  /** One that does not end in order must not keep the others from it. */
  private void end(AutoCloseable part) {
    try {
      part.close();
    } catch (Exception e) {
      setup.journal().note("A part did not end in order: " + UserError.oneLine(e.toString()));
    }
  }

  private void keep(AutoCloseable part) {
    synchronized (this) {
      if (!closed) {
        open.addFirst(part);
        return;
      }
    }
    end(part);
    throw new UserError("everything is being stopped");
  }

  private synchronized void replace(AutoCloseable inner, AutoCloseable outer) {
    if (open.remove(inner)) {
      open.addFirst(outer);
    }
  }

  private static Map<String, String> environment(Engines engines) {
    Map<String, String> variables = new HashMap<>(engines.environment());
    variables.put("TOOLKIT_CACHE_ENABLED", "true");
    return variables;
  }

  private MoverProcess mover(Engines engines, MoverProcess.Work work) {
    DataFolder folder = new DataFolder(setup.data().path().resolve("mover"));
    return MoverProcess.start(
        setup.program(),
        new AppProcess.Setup(
            0, folder, false, environment(engines), Instances.arguments(setup.data())),
        work);
  }

  /** Commands of {@code ./run shards}. */
  private void answer(String command, Consumer<Reply> replies) throws InterruptedException {
    String[] words = command.split(" ", -1);
    if (command.equals("shards")) {
      replies.accept(Reply.json(map()));
      replies.accept(Reply.done(""));
    } else if (command.equals("shards resume")) {
      expansion().resume(replies);
    } else if (words.length == 3 && command.startsWith("shards add ")) {
      expansion().add(words[2], replies);
    } else {
      throw new UserError("the supervisor knows no command '" + command + "'");
    }
  }

  /** What the first instance that serves says about the shards. */
  private String map() {
    List<Integer> serving = instances().serving();
    if (serving.isEmpty()) {
      throw new UserError("no instance serves at the moment");
    }
    String address = "http://127.0.0.1:" + serving.get(0) + "/actuator/shards";
    try {
      HttpURLConnection connection =
          (HttpURLConnection) URI.create(address).toURL().openConnection(Proxy.NO_PROXY);
      connection.setConnectTimeout((int) MAP_TIMEOUT.toMillis());
      connection.setReadTimeout((int) MAP_TIMEOUT.toMillis());
      if (connection.getResponseCode() != HttpURLConnection.HTTP_OK) {
        throw new UserError(address + " answers " + connection.getResponseCode());
      }
      try (InputStream body = connection.getInputStream()) {
        return new String(body.readAllBytes(), StandardCharsets.UTF_8);
      }
    } catch (IOException e) {
      throw new UserError(address + " does not answer: " + UserError.reason(e), e);
    }
  }

  private synchronized Instances instances() {
    return started(instances);
  }

  private synchronized Expansion expansion() {
    return started(expansion);
  }

  private synchronized Report report() {
    return started(report);
  }

  private static <T> T started(@Nullable T part) {
    if (part == null) {
      throw new IllegalStateException("the start is not over");
    }
    return part;
  }
}
