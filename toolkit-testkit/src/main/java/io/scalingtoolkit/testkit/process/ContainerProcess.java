// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.process;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.InspectContainerResponse.ContainerState;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.NotFoundException;
import io.scalingtoolkit.testkit.EngineException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.testcontainers.containers.GenericContainer;

/** A node in a container, which is removed when the node has ended. Thread-safe. */
final class ContainerProcess implements EngineProcess {
  private static final Logger log = LoggerFactory.getLogger(ContainerProcess.class);
  private static final Duration END_LIMIT = Duration.ofSeconds(10);

  private final String node;
  private final GenericContainer<?> container;
  private final DockerClient docker;
  private final String id;
  private final long pid;
  private final AtomicReference<@Nullable Integer> exitCode = new AtomicReference<>();

  ContainerProcess(String node, GenericContainer<?> container) {
    this.node = node;
    this.container = container;
    this.docker = container.getDockerClient();
    this.id = container.getContainerId();
    Long reported = docker.inspectContainerCmd(id).exec().getState().getPidLong();
    this.pid = reported == null ? 0 : reported;
  }

  @Override
  public boolean isAlive() {
    return exitCode.get() == null && !hasEnded();
  }

  @Override
  public void signal(Signal signal) {
    send("SIG" + signal.name());
  }

  @Override
  public void kill() {
    thaw(); // a paused container takes no signal
    send("SIGKILL");
    awaitExit(END_LIMIT);
  }

  @Override
  public void freeze() {
    if (!isPaused()) {
      docker.pauseContainerCmd(id).exec();
    }
  }

  @Override
  public void thaw() {
    if (isPaused()) {
      docker.unpauseContainerCmd(id).exec();
    }
  }

  @Override
  public int awaitExit(Duration limit) {
    Deadline.in(limit).await(node + " has ended", () -> !isAlive());
    Integer code = exitCode.get();
    if (code == null) {
      throw new EngineException("the exit code of " + node + " is not known");
    }
    return code;
  }

  @Override
  public long memoryBytes() {
    long sum = ProcessTable.memoryBytes(pid);
    for (ProcessTable.Entry child : ProcessTable.descendants(pid)) {
      sum += ProcessTable.memoryBytes(child.pid());
    }
    return sum;
  }

  @Override
  public long pid() {
    return pid;
  }

  /** Asks the daemon; notes the exit code and removes the container when it has ended. */
  private synchronized boolean hasEnded() {
    if (exitCode.get() != null) {
      return true;
    }
    try {
      ContainerState state = docker.inspectContainerCmd(id).exec().getState();
      if (Boolean.TRUE.equals(state.getRunning()) || Boolean.TRUE.equals(state.getPaused())) {
        return false;
      }
      Long code = state.getExitCodeLong();
      exitCode.set(code == null ? -1 : code.intValue());
    } catch (NotFoundException e) {
      log.debug("container of {} is gone", node, e);
      exitCode.set(-1);
    }
    container.stop();
    return true;
  }

  private boolean isPaused() {
    return isAlive()
        && Boolean.TRUE.equals(docker.inspectContainerCmd(id).exec().getState().getPaused());
  }

  private void send(String signal) {
    if (!isAlive()) {
      return;
    }
    try {
      docker.killContainerCmd(id).withSignal(signal).exec();
    } catch (ConflictException | NotFoundException e) {
      log.debug("{} ended before {} reached it", node, signal, e);
    }
  }
}
