// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The processes of the application that serve the same data behind a load balancer. One that ends
 * by itself is started again, unless it does so again and again. Thread-safe.
 *
 * <p>Lock order: {@code changing} before the monitor, and that before the journal's. {@code
 * changing} is held while processes are started or stopped on purpose, for minutes; the monitor
 * guards the fields of the instances and is never held while something is waited for. {@link
 * #close} takes only the monitor, so it does not wait for a change: what that starts afterwards is
 * stopped by the change itself.
 */
final class Instances implements AutoCloseable {

  private static final Duration LONG_LIFE = Duration.ofMinutes(1);

  private final Setup setup;
  private final ExecutorService reviver;
  private final ReentrantLock changing = new ReentrantLock();
  private final List<Instance> members = new ArrayList<>();
  private @Nullable Upstream upstream;
  private boolean closed;

  Instances(Setup setup) {
    this.setup = setup;
    this.reviver =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread thread = new Thread(task, "instance-reviver");
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * What they have in common.
   *
   * @param program what they run
   * @param data folder of the whole; each instance has one of its own in it
   * @param environment what a process that starts now is told
   * @param ports to see whether one listens
   * @param journal is told what happens to them
   * @param nanoClock monotonic
   * @param random chooses ports
   */
  record Setup(
      Program program,
      DataFolder data,
      Supplier<Map<String, String>> environment,
      ListeningPorts ports,
      Journal journal,
      LongSupplier nanoClock,
      RandomGenerator random) {}

  /** What sends requests to them. */
  interface Upstream {

    /** Sends new requests to these ports only. */
    void update(List<Integer> ports);
  }

  /**
   * A member, for reports.
   *
   * @param number from 1
   * @param port where it listens
   * @param memoryMib what its process takes
   */
  record Status(int number, int port, long memoryMib) {}

  /** What every process is told that works on this data folder behind a load balancer. */
  static List<String> arguments(DataFolder data) {
    return List.of(
        "--server.address=127.0.0.1",
        "--app.avatars-dir=" + data.path().resolve("avatars"),
        "--app.security.keys-dir=" + data.path().resolve("keys"),
        "--toolkit.client-address.trusted-proxies=127.0.0.1",
        "--toolkit.client-address.header=x-forwarded-for");
  }

  /**
   * Starts the first, which makes whatever is missing in the databases, and then the others at the
   * same time.
   *
   * @param freePorts one for each
   * @throws UserError when one does not start
   */
  void start(List<Integer> freePorts) throws InterruptedException {
    changing.lock();
    try {
      List<Instance> all =
          IntStream.range(0, freePorts.size())
              .mapToObj(index -> member(index + 1, freePorts.get(index)))
              .toList();
      synchronized (this) {
        members.addAll(all);
      }
      awaitReady(all.get(0), spawn(all.get(0)));
      List<AppProcess> others = new ArrayList<>();
      for (Instance instance : all.subList(1, all.size())) {
        others.add(spawn(instance));
      }
      for (int i = 0; i < others.size(); i++) {
        awaitReady(all.get(i + 1), others.get(i));
      }
    } finally {
      changing.unlock();
    }
  }

  /** From now on whoever is taken out for a restart is taken out of this as well. */
  synchronized void behind(Upstream balancer) {
    upstream = balancer;
  }

  /** Ports of those that serve, in order of their numbers. */
  synchronized List<Integer> serving() {
    return members.stream()
        .filter(instance -> instance.state == Instance.State.SERVING)
        .map(instance -> instance.port)
        .toList();
  }

  /** Those that serve. */
  synchronized List<Status> report() {
    List<Status> lines = new ArrayList<>();
    for (Instance instance : members) {
      if (instance.state == Instance.State.SERVING) {
        long mib = instance.process().map(Memory::of).orElse(0L);
        lines.add(new Status(instance.number, instance.port, mib));
      }
    }
    return lines;
  }

  /**
   * Restarts, one after the other, those that were started with another environment than they would
   * be now, and starts those that have ended. One at least always serves: where there is only one,
   * another stands in for it.
   *
   * @throws UserError when one does not start; those not reached yet go on as they are
   */
  void renew() throws InterruptedException {
    changing.lock();
    try {
      List<Instance> outdated = outdated(setup.environment().get());
      Instance standIn = needsStandIn(outdated) ? startStandIn() : null;
      for (Instance instance : outdated) {
        setup.journal().note("Restarting " + instance + " …");
        retire(instance);
        awaitReady(instance, spawn(instance));
        announce();
      }
      if (standIn != null) {
        retire(standIn);
        forget(standIn);
      }
    } finally {
      changing.unlock();
      lookAgain();
    }
  }

  /** Waits until none serves any more and none will, or all were closed. */
  synchronized void awaitEnd() throws InterruptedException {
    while (!closed && members.stream().anyMatch(i -> i.state != Instance.State.LOST)) {
      wait();
    }
  }

  /** Wakes those in {@link #awaitEnd}, after everything has been said. */
  private synchronized void lookAgain() {
    notifyAll();
  }

  /** Ends all; each lets the requests in work finish. Closing twice is allowed. */
  @Override
  public void close() {
    List<ProcessHandle> running;
    synchronized (this) {
      closed = true;
      notifyAll();
      running = members.stream().flatMap(instance -> instance.process().stream()).toList();
    }
    reviver.shutdown();
    // All are told before the first is waited for.
    running.forEach(ProcessHandle::destroy);
    try {
      for (ProcessHandle process : running) {
        Shutdown.of(process, Shutdown.GRACE);
      }
    } catch (InterruptedException e) {
      running.forEach(ProcessHandle::destroyForcibly);
      Thread.currentThread().interrupt();
    }
  }

  private Instance member(int number, int port) {
    DataFolder folder = new DataFolder(setup.data().path().resolve("instance-" + number));
    return new Instance(number, port, folder);
  }

  /** Whether nobody would serve while the only one that does is restarted. */
  private synchronized boolean needsStandIn(List<Instance> outdated) {
    List<Instance> serve =
        members.stream().filter(instance -> instance.state == Instance.State.SERVING).toList();
    return serve.size() == 1 && outdated.containsAll(serve);
  }

  /** If the one it stands in for does not come back, it stays. */
  private Instance startStandIn() throws InterruptedException {
    int port = FreePorts.find(1, setup.random()).get(0);
    Instance standIn;
    synchronized (this) {
      standIn = member(members.size() + 1, port);
      members.add(standIn);
    }
    try {
      awaitReady(standIn, spawn(standIn));
      announce();
      return standIn;
    } catch (UserError e) {
      forget(standIn);
      throw e;
    }
  }

  private synchronized void forget(Instance instance) {
    members.remove(instance);
  }

  private synchronized List<Instance> outdated(Map<String, String> wanted) {
    return members.stream()
        .filter(
            instance ->
                instance.state != Instance.State.SERVING || !instance.environment.equals(wanted))
        .toList();
  }

  /** Tells the balancer who serves. */
  private void announce() {
    Upstream balancer;
    synchronized (this) {
      balancer = upstream;
    }
    if (balancer != null) {
      balancer.update(serving());
    }
  }

  /** Takes one out of the balancer and ends its process; does nothing where it has none. */
  private void retire(Instance instance) throws InterruptedException {
    Optional<ProcessHandle> process;
    Instance.State before;
    synchronized (this) {
      process = instance.process().filter(ProcessHandle::isAlive);
      before = instance.state;
      instance.state = Instance.State.STOPPING;
      instance.deaths = 0;
    }
    if (process.isEmpty()) {
      return;
    }
    try {
      announce();
    } catch (RuntimeException e) {
      synchronized (this) {
        instance.state = before;
      }
      throw e;
    }
    Shutdown.of(process.get(), Shutdown.GRACE);
  }

  private AppProcess spawn(Instance instance) {
    instance.folder.prepare();
    Map<String, String> environment = setup.environment().get();
    AppProcess app =
        AppProcess.start(
            setup.program(),
            new AppProcess.Setup(
                instance.port, instance.folder, false, environment, arguments(setup.data())));
    boolean late;
    synchronized (this) {
      late = closed;
      instance.app = app;
      instance.environment = environment;
      instance.state = Instance.State.STARTING;
    }
    if (late) {
      app.process().destroyForcibly();
      throw new UserError("the instances are being stopped");
    }
    return app;
  }

  /** Waits until it serves; if it never does, its process is ended. */
  private void awaitReady(Instance instance, AppProcess app) throws InterruptedException {
    try {
      app.awaitReady(Start.READY_DEADLINE, setup.ports());
    } catch (UserError e) {
      Shutdown.of(app.process().toHandle(), Shutdown.GRACE);
      synchronized (this) {
        instance.state = Instance.State.LOST;
      }
      throw new UserError(instance + ": " + e.getMessage(), e);
    }
    synchronized (this) {
      instance.state = Instance.State.SERVING;
      instance.readyNanos = setup.nanoClock().getAsLong();
    }
    // Only from here on is its end a surprise; one that has passed is noticed at once.
    var unused = app.process().onExit().thenRun(() -> ended(instance, app));
  }

  private void ended(Instance instance, AppProcess app) {
    boolean again;
    synchronized (this) {
      if (closed || instance.app != app || instance.state != Instance.State.SERVING) {
        return;
      }
      boolean lived = setup.nanoClock().getAsLong() - instance.readyNanos >= LONG_LIFE.toNanos();
      instance.deaths = lived ? 1 : instance.deaths + 1;
      again = instance.deaths <= Instance.MAX_DEATHS;
      instance.state = again ? Instance.State.ENDED : Instance.State.LOST;
      // Before anybody is woken, who may end this process.
      setup
          .journal()
          .note(
              capitalised(instance)
                  + " ended with exit code "
                  + app.process().exitValue()
                  + (again ? "; it is started again." : " once more; it is given up."));
      notifyAll();
    }
    if (again) {
      try {
        reviver.execute(() -> revive(instance));
      } catch (RejectedExecutionException closedMeanwhile) {
        setup.journal().note(capitalised(instance) + " stays down, since all are being stopped.");
      }
    }
  }

  private void revive(Instance instance) {
    changing.lock();
    try {
      synchronized (this) {
        if (closed || instance.state != Instance.State.ENDED) {
          return;
        }
      }
      awaitReady(instance, spawn(instance));
      announce();
      setup.journal().note(capitalised(instance) + " serves again.");
    } catch (UserError e) {
      setup.journal().note(capitalised(instance) + " does not start again: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      changing.unlock();
      lookAgain();
    }
  }

  private static String capitalised(Instance instance) {
    String text = instance.toString();
    return "I" + text.substring(1);
  }
}
