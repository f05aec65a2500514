// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.redis;

import io.scalingtoolkit.testkit.EngineException;
import io.scalingtoolkit.testkit.process.Deadline;
import io.scalingtoolkit.testkit.process.EngineCommand;
import io.scalingtoolkit.testkit.process.EngineHost;
import io.scalingtoolkit.testkit.process.EngineProcess;
import io.scalingtoolkit.testkit.process.FileTrees;
import io.scalingtoolkit.testkit.process.LogTail;
import io.scalingtoolkit.testkit.process.Workspace;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One Redis server process of a {@link RedisServer} or {@link RedisCluster}, with its faults.
 * Thread-safe.
 *
 * <p>Port and directory stay the same over restarts.
 */
public final class RedisNode {
  private static final Duration START_LIMIT = Duration.ofSeconds(15);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(10);
  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(5);

  private final String name;
  private final int port;
  private final Path directory;
  private final Path log;
  private final NodeOptions.Settings settings;
  private final boolean clustered;
  // Replaced under this node's monitor; read without it by end().
  private volatile @Nullable EngineProcess process;
  private @Nullable RedisNode source;
  private boolean frozen;
  private @Nullable Long steppedDownNanos;

  /** Prepares a node; nothing runs before {@link #spawn()}. */
  RedisNode(Workspace workspace, String shortName, NodeOptions.Settings settings, boolean cluster) {
    this.name = workspace.name() + "-" + shortName;
    this.port = cluster ? workspace.portWithBus(RedisCluster.BUS_OFFSET) : workspace.port();
    this.directory = workspace.createDirectory(shortName);
    this.log = workspace.log(shortName);
    this.settings = settings;
    this.clustered = cluster;
  }

  /** The name in messages, for example {@code redis1-n2}. */
  public String name() {
    return name;
  }

  /** The address it listens on, always {@code 127.0.0.1}. */
  public String host() {
    return "127.0.0.1";
  }

  /** The port it listens on, the same for the node's whole life. */
  public int port() {
    return port;
  }

  /** The address as a URI that Redis clients read, with the password if there is one. */
  public String uri() {
    String password = settings.password();
    String user =
        password == null
            ? ""
            : ":" + URLEncoder.encode(password, StandardCharsets.UTF_8).replace("+", "%20") + "@";
    return "redis://" + user + host() + ":" + port;
  }

  /**
   * Sends one command on a connection of its own and waits up to 5 s for the answer.
   *
   * @param words the command and its arguments, sent as UTF-8, at least one
   * @return the answer, never an error
   * @throws RedisCommandException when the server answers with an error
   * @throws EngineException when the server cannot be reached or does not answer in time
   */
  public RedisReply command(String... words) {
    try {
      return ask(StandardCharsets.UTF_8, ANSWER_LIMIT, words);
    } catch (IOException e) {
      throw new EngineException(
          name + " on port " + port + " did not answer " + words[0] + ": " + e.getMessage(), e);
    }
  }

  /** As {@link #command}, with the choice of charset and time limit, and a failure to branch on. */
  RedisReply ask(Charset charset, Duration limit, String... words) throws IOException {
    if (words.length == 0) {
      throw new IllegalArgumentException("a command must have at least one word; got none");
    }
    try (RespClient client = connect(charset, limit)) {
      return client.call(List.of(words));
    }
  }

  /** A connection, authenticated when needed. */
  RespClient connect(Charset charset, Duration limit) throws IOException {
    RespClient client = RespClient.connect(name, port, charset, limit);
    try {
      if (!settings.authentication().isEmpty()) {
        client.call(settings.authentication());
      }
      return client;
    } catch (IOException | RuntimeException e) {
      client.close();
      throw e;
    }
  }

  /** Deletes all keys of all databases of this node. */
  public void flush() {
    command("FLUSHALL");
  }

  /** Whether the process exists; a frozen one does. */
  public synchronized boolean isAlive() {
    return process != null && process.isAlive();
  }

  /** Whether the process exists and is not frozen. */
  public synchronized boolean isRunning() {
    return isAlive() && !frozen;
  }

  /** Whether the node says of itself that it takes writes and has no primary above it. */
  public boolean isPrimary() {
    return command("ROLE").items().get(0).text().equals("master");
  }

  /** Ends the process with SIGKILL, frozen or not; does nothing when it is dead already. */
  public synchronized void kill() {
    if (process != null) {
      process.kill();
    }
    frozen = false;
  }

  /** Ends the process for the last time, whatever verb another thread is waiting in. */
  void end() {
    EngineProcess running = process;
    if (running != null) {
      running.kill();
    }
  }

  /** Ends the process with SIGTERM, so that it says good-bye, and waits up to 10 s for its end. */
  public synchronized void stop() {
    thaw();
    if (process != null) {
      process.signal(EngineProcess.Signal.TERM);
      process.awaitExit(STOP_LIMIT);
    }
  }

  /** Stops the process with SIGSTOP: connections stay, dials are answered, nothing else is. */
  public synchronized void freeze() {
    requireProcess().freeze();
    frozen = true;
  }

  /** Lets a frozen process go on; does nothing to a running or dead one. */
  public synchronized void thaw() {
    if (frozen && process != null) {
      process.thaw();
      // It may have been replaced as a primary while it could not notice.
      noteSteppedDown();
    }
    frozen = false;
  }

  /** Remembers that the node was a primary until now, as far as anyone knows. */
  synchronized void noteSteppedDown() {
    steppedDownNanos = System.nanoTime();
  }

  /** Whether the node has been no primary for this long; a process forgets with its end. */
  synchronized boolean steppedDownLongerThan(Duration rest) {
    return steppedDownNanos == null || System.nanoTime() - steppedDownNanos > rest.toNanos();
  }

  /**
   * Starts the process again, after killing it if it is alive, and waits until it answers. Data is
   * what persistence kept: nothing by default, everything acknowledged with the builder's {@code
   * appendOnly()}. A node that was made a replica comes back as one.
   *
   * @throws EngineException when it does not answer within 15 s; the message has its log's tail
   */
  public synchronized void restart() {
    kill();
    spawn();
    awaitReady(Deadline.in(START_LIMIT));
  }

  /** As {@link #restart()}, without the data; a cluster node keeps its identity and slots. */
  public synchronized void restartEmpty() {
    kill();
    try {
      FileTrees.delete(directory.resolve("appendonlydir"));
      Files.deleteIfExists(directory.resolve("dump.rdb"));
    } catch (IOException e) {
      throw new EngineException("cannot delete the data of " + name, e);
    }
    restart();
  }

  /**
   * Makes this node follow another one, now and after restarts, and returns when it has a copy.
   *
   * @param primary the node to follow
   * @throws IllegalStateException for a node of a cluster, which decides itself who follows whom
   */
  public void replicaOf(RedisNode primary) {
    requireStandalone();
    follow(primary);
    command("REPLICAOF", primary.host(), Integer.toString(primary.port));
    awaitLink(Deadline.in(START_LIMIT));
  }

  /**
   * Makes this node a primary, now and after restarts, with the data it has.
   *
   * @throws IllegalStateException for a node of a cluster: see {@link RedisCluster#failover}
   */
  public void promote() {
    requireStandalone();
    follow(null);
    command("REPLICAOF", "NO", "ONE");
  }

  /** Says whom to follow from the next start on. */
  synchronized void follow(@Nullable RedisNode primary) {
    source = primary;
  }

  /** Starts the process and returns at once. */
  synchronized void spawn() {
    if (isAlive()) {
      throw new IllegalStateException(name + " must not run when it is started; it does");
    }
    Path config = directory.resolve("redis.conf");
    try {
      Files.writeString(config, configuration());
    } catch (IOException e) {
      throw new EngineException("cannot write the configuration of " + name, e);
    }
    EngineCommand command =
        new EngineCommand(
            name,
            List.of(settings.program().toString(), config.toString()),
            Map.of(),
            settings.program().resolveSibling(".").normalize(),
            directory,
            log,
            false);
    process = EngineHost.current().start(command);
    frozen = false;
    steppedDownNanos = null;
  }

  private String configuration() {
    StringBuilder lines = new StringBuilder();
    NodeOptions.line(lines, "port", Integer.toString(port));
    NodeOptions.line(lines, "dir", NodeOptions.quote(directory.toString()));
    lines.append(settings.lines());
    if (source != null) {
      NodeOptions.line(lines, "replicaof", source.host() + " " + source.port);
    }
    return lines.toString();
  }

  /** Waits until the started process answers. */
  void awaitReady(Deadline deadline) {
    EngineProcess started = requireProcess();
    try {
      deadline.await(
          name + " answers on port " + port,
          () -> {
            if (!started.isAlive()) {
              throw new EngineException(name + " ended before it answered");
            }
            return ask(StandardCharsets.UTF_8, ANSWER_LIMIT, "PING").text().equals("PONG");
          });
    } catch (EngineException e) {
      throw new EngineException(e.getMessage() + LogTail.of(log), e);
    }
  }

  /** Waits until a replica has its primary's data and its stream. */
  void awaitLink(Deadline deadline) {
    deadline.await(
        name + " is linked to its primary",
        () -> "up".equals(info("replication").get("master_link_status")));
  }

  /** The fields of a section of INFO. */
  Map<String, String> info(String section) throws IOException {
    return fields(ask(StandardCharsets.UTF_8, ANSWER_LIMIT, "INFO", section).text());
  }

  /** Splits lines of the form {@code name:value}; others are left out. */
  static Map<String, String> fields(String text) {
    Map<String, String> fields = new HashMap<>();
    for (String line : text.split("\r?\n", -1)) {
      int colon = line.indexOf(':');
      if (colon > 0) {
        fields.put(line.substring(0, colon), line.substring(colon + 1));
      }
    }
    return fields;
  }

  synchronized EngineProcess requireProcess() {
    if (process == null) {
      throw new IllegalStateException(name + " must have been started; it was not");
    }
    return process;
  }

  @Nullable String password() {
    return settings.password();
  }

  private void requireStandalone() {
    if (clustered) {
      throw new IllegalStateException(
          name + " must not be part of a cluster for this verb; use the verbs of RedisCluster");
    }
  }

  @Override
  public String toString() {
    return name + "(" + port + ")";
  }
}
