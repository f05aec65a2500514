// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.process;

import io.scalingtoolkit.testkit.EngineException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory that holds all workspaces of this JVM, guarded by one watchdog. Thread-safe.
 *
 * <p>Its name tells who owns it (process id, start time, process id name space), so that a later
 * JVM can sweep what neither the owner nor its watchdog could delete, for example after a power
 * cut.
 */
final class JvmHome {
  private static final Logger log = LoggerFactory.getLogger(JvmHome.class);
  private static final String PREFIX = "tk-";
  private static final String SETTING = "toolkit.engines.dir";
  private static final Path SHARED_MEMORY = Path.of("/dev/shm");
  private static final long ROOMY_BYTES = 4L << 30;

  private static @Nullable JvmHome current;

  private final Path directory;
  private final Watchdog watchdog;
  private int workspaces;

  private JvmHome(Path directory, Watchdog watchdog) {
    this.directory = directory;
    this.watchdog = watchdog;
  }

  /** The owner of a home, as its directory's name tells it. Immutable. */
  record Owner(long pid, long startTicks, long nameSpace) {
    static Owner self() throws IOException {
      ProcessTable.Entry self = ProcessTable.find(ProcessHandle.current().pid());
      if (self == null) {
        throw new IOException("there is no /proc/" + ProcessHandle.current().pid() + "/stat");
      }
      return new Owner(self.pid(), self.startTicks(), nameSpaceOfThisJvm());
    }

    String directoryName() {
      return PREFIX
          + String.join(
              "-",
              Long.toString(pid, Character.MAX_RADIX),
              Long.toString(startTicks, Character.MAX_RADIX),
              Long.toString(nameSpace, Character.MAX_RADIX));
    }

    static Optional<Owner> parse(String directoryName) {
      String[] parts = directoryName.split("-", -1);
      if (parts.length != 4 || !directoryName.startsWith(PREFIX)) {
        return Optional.empty();
      }
      try {
        return Optional.of(
            new Owner(
                Long.parseLong(parts[1], Character.MAX_RADIX),
                Long.parseLong(parts[2], Character.MAX_RADIX),
                Long.parseLong(parts[3], Character.MAX_RADIX)));
      } catch (NumberFormatException e) {
        return Optional.empty();
      }
    }

    /** Says whether the owner is surely gone; one of another name space cannot be judged. */
    boolean isGone(long nameSpaceOfThisJvm) {
      if (nameSpace != nameSpaceOfThisJvm) {
        return false;
      }
      ProcessTable.Entry now = ProcessTable.find(pid);
      return now == null || now.isDead() || now.startTicks() != startTicks;
    }
  }

  /** Returns the home of this JVM; the first call sweeps stale ones and starts the watchdog. */
  static synchronized JvmHome current() {
    if (current == null) {
      Path parent = chooseParent();
      try {
        sweep(parent);
        Path directory = FileTrees.createTraversable(parent.resolve(Owner.self().directoryName()));
        Watchdog watchdog = Watchdog.start(directory);
        watchdog.addDirectory(directory);
        current = new JvmHome(directory, watchdog);
      } catch (IOException e) {
        throw new EngineException("cannot make a directory for test engines in " + parent, e);
      }
    }
    return current;
  }

  /** Says whether a directory name is that of a home whose owner is gone. */
  static boolean isLeftBehind(String directoryName) {
    try {
      long nameSpace = nameSpaceOfThisJvm();
      return Owner.parse(directoryName).filter(owner -> owner.isGone(nameSpace)).isPresent();
    } catch (IOException e) {
      throw new EngineException("cannot read the process id name space of this JVM", e);
    }
  }

  Path directory() {
    return directory;
  }

  /**
   * Returns where homes lie: the directory named by {@code toolkit.engines.dir}; else memory, when
   * there is plenty, because making and deleting a thousand small files is most of what a new
   * cluster costs on a disk; else the temporary directory.
   */
  private static Path chooseParent() {
    String setting = System.getProperty(SETTING);
    try {
      if (setting != null && !setting.isBlank()) {
        return Path.of(setting).toRealPath();
      }
      Path temporary = Path.of(System.getProperty("java.io.tmpdir")).toRealPath();
      boolean chosenByUser = !temporary.equals(Path.of("/tmp"));
      return chosenByUser || !isRoomyMemory(SHARED_MEMORY) ? temporary : SHARED_MEMORY;
    } catch (IOException e) {
      throw new EngineException(
          "system properties " + SETTING + " and java.io.tmpdir must name existing directories", e);
    }
  }

  private static boolean isRoomyMemory(Path directory) throws IOException {
    if (!Files.isDirectory(directory) || !Files.isWritable(directory)) {
      return false;
    }
    FileStore store = Files.getFileStore(directory);
    return store.type().equals("tmpfs") && store.getUsableSpace() >= ROOMY_BYTES;
  }

  Watchdog watchdog() {
    return watchdog;
  }

  /** Creates an empty directory with a name no other workspace of this JVM has. */
  synchronized Path createWorkspace(String engine) {
    try {
      return FileTrees.createTraversable(directory.resolve(engine + ++workspaces));
    } catch (IOException e) {
      throw new EngineException("cannot make a workspace in " + directory, e);
    }
  }

  /** Ends the engines and deletes the files of owners that are gone. */
  static void sweep(Path parent) throws IOException {
    long nameSpace = nameSpaceOfThisJvm();
    try (DirectoryStream<Path> homes = Files.newDirectoryStream(parent, PREFIX + "*")) {
      for (Path home : homes) {
        Optional<Owner> owner = Owner.parse(home.getFileName().toString());
        if (owner.isPresent() && owner.get().isGone(nameSpace) && isOurs(home)) {
          sweepOne(home);
        }
      }
    }
  }

  private static void sweepOne(Path home) {
    try {
      for (ProcessTable.Entry engine : ProcessTable.workingIn(home)) {
        ProcessHandle.of(engine.pid()).ifPresent(ProcessHandle::destroyForcibly);
      }
      FileTrees.delete(home);
      log.info("swept {}, left by a JVM that is gone", home);
    } catch (IOException e) {
      log.debug("could not sweep {} now; its own watchdog may be doing it", home, e);
    }
  }

  private static boolean isOurs(Path home) {
    try {
      return Files.isDirectory(home, LinkOption.NOFOLLOW_LINKS)
          && (int) Files.getAttribute(home, "unix:uid", LinkOption.NOFOLLOW_LINKS)
              == Privilege.userId();
    } catch (IOException e) {
      return false; // deleted by its own watchdog meanwhile
    }
  }

  private static long nameSpaceOfThisJvm() throws IOException {
    String link = Files.readSymbolicLink(Path.of("/proc/self/ns/pid")).toString();
    return Long.parseLong(link.replaceAll("[^0-9]", ""));
  }
}
