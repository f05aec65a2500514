// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The project's own gateway. It reads the instances from a file that it watches. Thread-safe. */
final class GatewayBalancer implements Balancer {

  /** Heap limit of the gateway. */
  static final String HEAP = "96m";

  private static final Duration CHANGE_DEADLINE = Duration.ofSeconds(5);

  private final BalancerProcess process;
  private final Path list;

  private GatewayBalancer(BalancerProcess process, Path list) {
    this.process = process;
    this.list = list;
  }

  /** The packaged gateway and where it is kept unpacked. */
  static PreparedFolder prepared(Project project) {
    return new PreparedFolder(
        folder(project), project.root().resolve("sample-app/gateway/target/gateway.jar"), HEAP);
  }

  private static Path folder(Project project) {
    return project.root().resolve("sample-app/launcher/target/run-gateway");
  }

  /** Programs below the folder that some process of this machine was started with. */
  private static Set<Path> inUse(Path folder) {
    return ProcessHandle.allProcesses()
        .flatMap(process -> process.info().arguments().stream())
        .flatMap(Arrays::stream)
        .filter(argument -> argument.startsWith(folder.toString()))
        .map(Path::of)
        .collect(Collectors.toSet());
  }

  static Balancer start(Project project, List<Integer> instancePorts, Place place) {
    PreparedFolder prepared = prepared(project);
    Program program = prepared.program();
    prepared.removeOutdated(inUse(folder(project)));
    BalancerProcess.prepare(place.directory());
    Path list = place.directory().resolve("instances.txt");
    write(list, text(instancePorts));
    List<String> command = new ArrayList<>(program.startCommand());
    command.addAll(
        List.of(
            "--server.port=" + place.port(),
            "--gateway.instances-file=" + list,
            "--gateway.response-timeout=" + place.responseTimeout().toMillis() + "ms",
            "--gateway.stop-with-parent=true",
            "--server.jetty.accesslog.enabled=true",
            "--server.jetty.accesslog.filename=" + place.directory().resolve("access.log")));
    return new GatewayBalancer(
        BalancerProcess.start(BalancerKind.GATEWAY, place, command, Map.of()), list);
  }

  private static String text(List<Integer> instancePorts) {
    return instancePorts.stream()
        .map(port -> "127.0.0.1:" + port + "\n")
        .collect(Collectors.joining("", "# written by ./run\n", ""));
  }

  private static void write(Path list, String text) {
    Path half = list.resolveSibling("instances.txt.new");
    try {
      Files.writeString(half, text, StandardCharsets.UTF_8);
      Files.move(half, list, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw BalancerProcess.unwritable(list, e);
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
    String text = text(instancePorts);
    write(list, text);
    try {
      if (!process.await(CHANGE_DEADLINE, () -> text.equals(applied()))) {
        throw new UserError("the gateway does not take the new list of instances, " + list);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UserError("interrupted while the gateway reads " + list, e);
    }
  }

  private String applied() {
    try {
      return Files.readString(list.resolveSibling("instances.txt.applied"));
    } catch (NoSuchFileException notYet) {
      return "";
    } catch (IOException e) {
      throw new UserError("cannot read beside " + list + ": " + UserError.reason(e), e);
    }
  }

  @Override
  public void close() {
    process.close();
  }
}
