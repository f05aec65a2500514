// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.process;

import io.scalingtoolkit.testkit.EngineException;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A directory in which a cluster's data outlives the JVM, with what the cluster must remember
 * beside them: which engine it is, who is the primary, passwords, server ids. Thread-safe.
 *
 * <p>One JVM has it at a time; a lock that the kernel frees with the process sees to that. A
 * directory whose cluster was never ready holds nothing that anybody was promised, and is made
 * anew.
 */
public final class DurableDirectory {
  private static final String RECORD = "cluster.properties";
  private static final String LOCK = "lock";
  private static final String LOGS = "logs";
  private static final String NODE = "node[0-9]+";
  private static final String ENGINE = "engine";
  private static final String PRIMARY = "primary";
  private static final String COMPLETE = "complete";
  private static final String SERVER_IDS = "server-ids-from";

  /** 32 characters are the most that MySQL takes for replication. */
  private static final int SECRET_BYTES = 16;

  private static final int MAX_SERVER_ID = 1 << 30;
  private static final long LOG_BYTES = 8L << 20;

  private final Path path;
  private final FileChannel lock;
  private final Properties record = new Properties();

  private DurableDirectory(Path path, FileChannel lock) {
    this.path = path;
    this.lock = lock;
  }

  /**
   * Opens a directory, made when it is missing.
   *
   * @throws EngineException if another process has it open, another engine's data lie in it, or it
   *     holds files of somebody else
   */
  static DurableDirectory open(String engine, Path directory) {
    if (EngineHost.current() != EmbeddedHost.INSTANCE) {
      throw new EngineException(
          "durable data need toolkit.engines=embedded: containers see only the testkit's own files");
    }
    Path path = directory.toAbsolutePath().normalize();
    try {
      makePrivate(path);
      DurableDirectory opened = new DurableDirectory(path, lock(path));
      try {
        opened.read(engine);
        opened.endLeftovers();
        opened.tidy();
      } catch (IOException | RuntimeException e) {
        opened.close();
        throw e;
      }
      return opened;
    } catch (IOException e) {
      throw new EngineException("cannot use " + path + " for durable data: " + e, e);
    }
  }

  Path path() {
    return path;
  }

  /** Returns the directory of the logs, which exists. */
  Path logs() {
    return path.resolve(LOGS);
  }

  /** Says whether no cluster has been ready here yet. */
  public synchronized boolean isNew() {
    return !record.containsKey(COMPLETE);
  }

  /**
   * Notes that everything is there and may be relied on; the files are forced to the disk before.
   */
  public synchronized void complete() {
    force();
    put(COMPLETE, "true");
  }

  /** Forces all files to the disk, for those that were copied and not written by a server. */
  public void force() {
    if (!Tools.succeeds(List.of("sync", "-f", path.toString()))) {
      throw new EngineException("durable data need the program 'sync' to force " + path);
    }
  }

  /** Returns a password that was made for this directory. */
  public synchronized String secret(String of) {
    String key = "secret-" + of;
    String known = record.getProperty(key);
    if (known != null) {
      return known;
    }
    byte[] bytes = new byte[SECRET_BYTES];
    new SecureRandom().nextBytes(bytes);
    String made = HexFormat.of().formatHex(bytes);
    put(key, made);
    return made;
  }

  /** Returns a number that this node keeps and that other clusters hardly have. */
  public synchronized int serverId(String node) {
    String known = record.getProperty(SERVER_IDS);
    if (known == null) {
      known = Integer.toString(new SecureRandom().nextInt(MAX_SERVER_ID));
      put(SERVER_IDS, known);
    }
    return Integer.parseInt(known) + Integer.parseInt(node.replaceAll("\\D", ""));
  }

  /** Returns the name of the node that was made the primary last. */
  public synchronized String primary() {
    return record.getProperty(PRIMARY, "node1");
  }

  /** Notes who is the primary. */
  public synchronized void primary(String node) {
    put(PRIMARY, node);
  }

  /** Returns the names of the nodes that have a directory, by their numbers. */
  public List<String> nodes() {
    try (Stream<Path> entries = Files.list(path)) {
      return entries
          .map(entry -> entry.getFileName().toString())
          .filter(name -> name.matches(NODE))
          .sorted(Comparator.comparingInt(name -> Integer.parseInt(name.substring(4))))
          .toList();
    } catch (IOException e) {
      throw new EngineException("cannot list " + path, e);
    }
  }

  /** Kills what still runs on these data; people and programs that only look at them are spared. */
  void endLeftovers() {
    ProcessTable.runningOn(path)
        .forEach(
            engine -> {
              ProcessTable.descendants(engine.pid()).forEach(DurableDirectory::kill);
              kill(engine);
            });
  }

  /** Frees the directory for another process. */
  void close() {
    try {
      lock.close();
    } catch (IOException e) {
      throw new EngineException("cannot free the lock of " + path, e);
    }
  }

  private static void kill(ProcessTable.Entry entry) {
    ProcessHandle.of(entry.pid()).ifPresent(ProcessHandle::destroyForcibly);
  }

  private static void makePrivate(Path path) throws IOException {
    if (Files.isDirectory(path)) {
      return;
    }
    Files.createDirectories(path.getParent());
    try {
      FileTrees.createPrivate(path);
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(path)) {
        throw e;
      }
    }
  }

  private static FileChannel lock(Path path) throws IOException {
    FileChannel channel =
        FileChannel.open(path.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return channel;
      }
    } catch (OverlappingFileLockException e) {
      channel.close();
      throw inUse(path);
    }
    channel.close();
    throw inUse(path);
  }

  private static EngineException inUse(Path path) {
    return new EngineException("another cluster runs on the durable data in " + path);
  }

  private void read(String engine) throws IOException {
    Path file = path.resolve(RECORD);
    if (Files.exists(file)) {
      record.load(new StringReader(Files.readString(file)));
    } else {
      requireEmpty();
    }
    String found = record.getProperty(ENGINE, engine);
    if (!found.equals(engine)) {
      throw new EngineException(
          "the directory " + path + " must hold data of " + engine + ", but has those of " + found);
    }
    if (!record.containsKey(ENGINE)) {
      put(ENGINE, engine);
    }
  }

  private void requireEmpty() throws IOException {
    try (Stream<Path> entries = Files.list(path)) {
      @Nullable Path foreign =
          entries.filter(entry -> !entry.endsWith(LOCK)).findFirst().orElse(null);
      if (foreign != null) {
        throw new EngineException(
            "the directory for durable data must be empty or of an earlier cluster; "
                + path
                + " has "
                + foreign.getFileName());
      }
    }
  }

  /** Removes what a start that never got ready has left, and makes room for logs. */
  private void tidy() throws IOException {
    if (isNew()) {
      for (String node : nodes()) {
        FileTrees.delete(path.resolve(node));
      }
      FileTrees.delete(path.resolve("init"));
      FileTrees.delete(path.resolve("template"));
    }
    if (!Files.isDirectory(logs())) {
      FileTrees.createPrivate(logs());
    }
    try (Stream<Path> files = Files.list(logs())) {
      for (Path file : files.filter(log -> log.toString().endsWith(".log")).toList()) {
        if (Files.size(file) > LOG_BYTES) {
          Files.move(
              file,
              file.resolveSibling(file.getFileName() + ".old"),
              StandardCopyOption.REPLACE_EXISTING);
        }
      }
    }
  }

  private void put(String key, String value) {
    record.setProperty(key, value);
    Path half = path.resolve(RECORD + ".new");
    try {
      StringWriter text = new StringWriter();
      record.store(text, null);
      Files.deleteIfExists(half);
      Files.createFile(
          half, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(
          half,
          text.toString(),
          StandardCharsets.UTF_8,
          StandardOpenOption.SYNC,
          StandardOpenOption.WRITE);
      Files.move(half, path.resolve(RECORD), StandardCopyOption.ATOMIC_MOVE);
      try (FileChannel directory = FileChannel.open(path, StandardOpenOption.READ)) {
        directory.force(true);
      }
    } catch (IOException e) {
      throw new EngineException("cannot write " + RECORD + " in " + path, e);
    }
  }
}
