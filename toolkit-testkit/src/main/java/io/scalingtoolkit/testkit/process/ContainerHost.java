// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.process;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.Mount;
import com.github.dockerjava.api.model.MountType;
import io.scalingtoolkit.testkit.EngineException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.ContainerLaunchException;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.startupcheck.StartupCheckStrategy;
import org.testcontainers.utility.DockerImageName;

/**
 * Runs each node in a container of the local Docker daemon, through Testcontainers. Thread-safe.
 *
 * <p>The command line is the same as on {@link EmbeddedHost}: the container has the network of this
 * machine, and the engine's programs and the workspace at the paths they have here. So addresses,
 * files and every verb mean the same in both.
 *
 * <p>A container carries the name of the workspaces' home as a label. When a JVM died, its watchdog
 * kills the processes in its containers as it kills others, and the next JVM removes what is left
 * of them.
 */
final class ContainerHost implements EngineHost {
  static final String IMAGE_SETTING = "toolkit.engines.image";
  static final String DEFAULT_IMAGE = "debian:12-slim";

  private static final Logger log = LoggerFactory.getLogger(ContainerHost.class);
  private static final String HOME_LABEL = "io.scalingtoolkit.testkit.home";
  private static final String PROBE_CLASS = "org.testcontainers.DockerClientFactory";

  private boolean swept;

  /** The one instance, made when it is first asked for. */
  static final class Holder {
    static final ContainerHost INSTANCE = new ContainerHost();

    private Holder() {}
  }

  private ContainerHost() {}

  /** Says why nodes cannot run in containers here; touches no class of Testcontainers first. */
  static Optional<String> whyUnavailable() {
    try {
      Class.forName(PROBE_CLASS, false, ContainerHost.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      return Optional.of(
          "-Dtoolkit.engines=docker needs org.testcontainers:testcontainers on the class path");
    }
    return DockerClientFactory.instance().isDockerAvailable()
        ? Optional.empty()
        : Optional.of(
            "-Dtoolkit.engines=docker needs a container runtime and none answers: start Docker, or"
                + " leave the property out to run the engines as processes");
  }

  @Override
  public Optional<String> unavailable() {
    return whyUnavailable();
  }

  @Override
  public EngineProcess start(EngineCommand command) {
    whyUnavailable()
        .ifPresent(
            reason -> {
              throw new EngineException(reason);
            });
    sweepOnce();
    String home = JvmHome.current().directory().getFileName().toString();
    // Closed by ContainerProcess, which outlives this method.
    @SuppressWarnings("resource")
    GenericContainer<?> container =
        new GenericContainer<>(DockerImageName.parse(image()))
            .withNetworkMode("host")
            .withWorkingDirectory(command.directory().toString())
            .withEnv(command.env())
            .withLabel(HOME_LABEL, home)
            .withStartupCheckStrategy(new Launched())
            .withCreateContainerCmdModifier(create -> complete(create, command))
            .withCommand(words(command).toArray(String[]::new));
    try {
      container.start();
    } catch (ContainerLaunchException e) {
      throw new EngineException(
          "cannot start " + command.node() + " in a container of " + image(), e);
    }
    return new ContainerProcess(command.node(), container);
  }

  @Override
  public boolean hasLibrariesOfThisMachine() {
    return false;
  }

  @Override
  public boolean changesUser() {
    return Privilege.userId() == 0;
  }

  @Override
  public void handOver(Path tree) {
    if (!changesUser()) {
      return;
    }
    try {
      FileTrees.handOver(tree, Privilege.NOBODY);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot hand " + tree + " over to " + Privilege.NOBODY, e);
    }
  }

  private static String image() {
    return System.getProperty(IMAGE_SETTING, DEFAULT_IMAGE);
  }

  private static void complete(CreateContainerCmd create, EngineCommand command) {
    create.withUser(Privilege.userId() + ":" + Privilege.groupId()).withEntrypoint(List.of());
    HostConfig host = Objects.requireNonNull(create.getHostConfig(), "hostConfig");
    Path workspace = workspaceOf(command);
    List<Mount> mounts = new ArrayList<>();
    mounts.add(mount(workspace, false));
    // initdb and others ask for the name of their user.
    mounts.add(mount(Path.of("/etc/passwd"), true));
    if (!command.home().startsWith(workspace)) {
      mounts.add(mount(command.home(), true));
    }
    host.withMounts(mounts);
  }

  private static Mount mount(Path path, boolean readOnly) {
    return new Mount()
        .withType(MountType.BIND)
        .withSource(path.toString())
        .withTarget(path.toString())
        .withReadOnly(readOnly);
  }

  /** The log is opened before the user changes, as on the embedded host. */
  private List<String> words(EngineCommand command) {
    List<String> words = new ArrayList<>();
    words.addAll(List.of("/bin/sh", "-c", "exec \"$@\" >>\"$0\" 2>&1", command.log().toString()));
    if (command.refusesRoot() && changesUser()) {
      words.addAll(
          List.of(
              "setpriv",
              "--reuid=" + Privilege.NOBODY,
              "--regid=" + Privilege.NOBODY,
              "--clear-groups"));
    }
    words.addAll(command.argv());
    return words;
  }

  private static Path workspaceOf(EngineCommand command) {
    Path home = JvmHome.current().directory();
    return home.resolve(home.relativize(command.directory()).getName(0));
  }

  /** Removes the containers of JVMs that are gone. */
  private synchronized void sweepOnce() {
    if (swept) {
      return;
    }
    swept = true;
    DockerClient docker = DockerClientFactory.lazyClient();
    List<Container> all =
        docker.listContainersCmd().withShowAll(true).withLabelFilter(List.of(HOME_LABEL)).exec();
    for (Container container : all) {
      Map<String, String> labels = container.getLabels();
      if (JvmHome.isLeftBehind(labels.getOrDefault(HOME_LABEL, ""))) {
        remove(docker, container.getId());
      }
    }
  }

  private static void remove(DockerClient docker, String id) {
    try {
      docker.removeContainerCmd(id).withForce(true).exec();
      log.info("removed container {}, left by a JVM that is gone", id);
    } catch (NotFoundException e) {
      log.debug("container {} was removed by somebody else", id, e);
    } catch (DockerException e) {
      log.warn("could not remove container {}, left by a JVM that is gone", id, e);
    }
  }

  /** A container that was launched counts as started, also when its program has ended already. */
  private static final class Launched extends StartupCheckStrategy {
    @Override
    public StartupStatus checkStartupState(DockerClient client, String containerId) {
      String status = getCurrentState(client, containerId).getStatus();
      return "created".equals(status) ? StartupStatus.NOT_YET_KNOWN : StartupStatus.SUCCESSFUL;
    }
  }
}
