// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * nginx with the configuration of {@code sample-app/deploy/nginx}. It asks no instance whether it
 * is ready, so that is done here, and what is not ready is marked as down. Thread-safe.
 */
final class NginxBalancer implements Balancer {

  private static final Logger LOG = LoggerFactory.getLogger(NginxBalancer.class);
  private static final Duration CHANGE_DEADLINE = Duration.ofSeconds(5);
  private static final long CHECK_MILLIS = 1000;
  private static final String LEAVING = "is shutting down";

  private final Path program;
  private final Place place;
  private final BalancerProcess process;
  private final Set<Integer> down = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService checks =
      Executors.newSingleThreadScheduledExecutor(NginxBalancer::daemon);
  private List<Integer> instances;

  private NginxBalancer(
      Path program, Place place, BalancerProcess process, List<Integer> instances) {
    this.program = program;
    this.place = place;
    this.process = process;
    this.instances = List.copyOf(instances);
  }

  @SuppressWarnings("FutureReturnValueIgnored") // a check tells of its failures itself
  static Balancer start(Project project, List<Integer> instancePorts, Place place) {
    Path program = BalancerKind.NGINX.program().orElseThrow();
    Path folder = place.directory();
    BalancerProcess.prepare(folder);
    Path shipped = project.root().resolve("sample-app/deploy/nginx/nginx.conf");
    try {
      Files.copy(shipped, folder.resolve("nginx.conf"), StandardCopyOption.REPLACE_EXISTING);
      long millis = place.responseTimeout().toMillis();
      Files.writeString(
          folder.resolve("local.conf"),
          "listen %d;\nproxy_read_timeout %dms;\nproxy_send_timeout %dms;\n"
              .formatted(place.port(), millis, millis));
      Files.deleteIfExists(folder.resolve("nginx.pid"));
    } catch (IOException e) {
      throw BalancerProcess.unwritable(folder, e);
    }
    write(folder, instancePorts, Set.of());
    List<String> command = command(program, folder, "-g", "daemon off;");
    BalancerProcess process =
        BalancerProcess.leashed(BalancerKind.NGINX, place, "QUIT", command, Map.of());
    NginxBalancer balancer = new NginxBalancer(program, place, process, instancePorts);
    balancer.checks.scheduleWithFixedDelay(
        balancer::checkLoudly, CHECK_MILLIS, CHECK_MILLIS, TimeUnit.MILLISECONDS);
    return balancer;
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "nginx-checks");
    thread.setDaemon(true);
    return thread;
  }

  private static List<String> command(Path program, Path folder, String... more) {
    return Stream.concat(
            Stream.of(
                program.toString(),
                "-p",
                folder + "/",
                "-e",
                folder.resolve("error.log").toString(),
                "-c",
                "nginx.conf"),
            Stream.of(more))
        .toList();
  }

  private static void write(Path folder, List<Integer> ports, Set<Integer> down) {
    String text =
        ports.stream().map(port -> line(port, down.contains(port))).collect(Collectors.joining());
    try {
      Path half = folder.resolve("instances.conf.new");
      // A group without a server is an error, and one whose servers are all down is not.
      Files.writeString(half, ports.isEmpty() ? "server 127.0.0.1:1 down;\n" : text);
      Files.move(half, folder.resolve("instances.conf"), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw BalancerProcess.unwritable(folder, e);
    }
  }

  private static String line(int port, boolean down) {
    return "server 127.0.0.1:%d %s;\n"
        .formatted(port, down ? "down" : "max_fails=1 fail_timeout=1s");
  }

  /** A scheduled task that throws is never run again, without a word. */
  private void checkLoudly() {
    try {
      check();
    } catch (UserError e) {
      LOG.warn("nginx keeps the instances that it had: {}", e.getMessage());
    }
  }

  private synchronized void check() {
    Set<Integer> found =
        instances.stream().filter(port -> !ReadinessProbe.ready(port)).collect(Collectors.toSet());
    if (!found.equals(down)) {
      down.clear();
      down.addAll(found);
      apply();
    }
  }

  @Override
  public String report() {
    return process.report();
  }

  @Override
  public void awaitReady(Duration deadline) throws InterruptedException {
    process.awaitReady(deadline);
  }

  @Override
  public synchronized void update(List<Integer> instancePorts) {
    instances = List.copyOf(instancePorts);
    down.retainAll(instances);
    apply();
  }

  /** Returns when no process of nginx that has the old list takes connections. */
  private void apply() {
    write(place.directory(), instances, down);
    try {
      Set<Long> old = workers();
      reload();
      if (!process.await(CHANGE_DEADLINE, () -> old.stream().allMatch(NginxBalancer::leaves))) {
        throw new UserError(
            "nginx does not take the new list of instances; see "
                + place.directory().resolve("error.log"));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UserError("interrupted while nginx reads its configuration", e);
    }
  }

  private Set<Long> workers() throws InterruptedException {
    Path pid = place.directory().resolve("nginx.pid");
    Set<Long> workers = new LinkedHashSet<>();
    process.await(
        CHANGE_DEADLINE,
        () -> {
          workers.clear();
          workers.addAll(children(pid));
          return !workers.isEmpty();
        });
    return workers;
  }

  private static Set<Long> children(Path pid) {
    try {
      long master = Long.parseLong(Files.readString(pid).strip());
      return ProcessHandle.of(master).stream()
          .flatMap(ProcessHandle::children)
          .map(ProcessHandle::pid)
          .collect(Collectors.toSet());
    } catch (IOException | NumberFormatException notWrittenYet) {
      return Set.of();
    }
  }

  private void reload() throws InterruptedException {
    try {
      Process reload =
          new ProcessBuilder(command(program, place.directory(), "-s", "reload"))
              .redirectErrorStream(true)
              .redirectOutput(
                  ProcessBuilder.Redirect.appendTo(place.directory().resolve("nginx.log").toFile()))
              .start();
      if (!reload.waitFor(CHANGE_DEADLINE.toMillis(), TimeUnit.MILLISECONDS)
          || reload.exitValue() != 0) {
        reload.destroyForcibly();
        throw new UserError(
            "nginx refuses the new list of instances; see "
                + place.directory().resolve("error.log"));
      }
    } catch (IOException e) {
      throw new UserError("cannot tell nginx to reload: " + UserError.reason(e), e);
    }
  }

  /** A worker that takes no more connections says so in its title. */
  private static boolean leaves(long worker) {
    try {
      String title =
          Files.readString(
              Path.of("/proc", Long.toString(worker), "cmdline"), StandardCharsets.ISO_8859_1);
      return title.isEmpty() || title.contains(LEAVING);
    } catch (IOException ended) {
      return true;
    }
  }

  @Override
  public void close() {
    checks.shutdownNow();
    process.close();
  }
}
