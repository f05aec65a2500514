// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.process;

import io.scalingtoolkit.testkit.EngineException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory of unpacked engines, shared by all JVMs of a user. Thread-safe.
 *
 * <p>The system property {@code toolkit.engines.cache} names it; the default is {@code
 * scaling-toolkit/engines} in the user's cache directory, or {@code scaling-toolkit-UID} in the
 * temporary directory for a user without a home.
 *
 * <p>An engine lies in a directory named by its content. It is unpacked under another name and then
 * renamed, so a directory with the right name is always complete, whatever was killed when. A file
 * lock makes a second JVM wait instead of doing the same work.
 */
public final class ArtifactCache {
  private static final Logger log = LoggerFactory.getLogger(ArtifactCache.class);
  private static final String SETTING = "toolkit.engines.cache";
  private static final String PARTIAL = ".partial-";

  private ArtifactCache() {}

  /**
   * Returns the directory with the files of the source, unpacked now if that was never done.
   *
   * @param name a short word for the directory's name, for example {@code postgres}
   * @throws EngineException if the source is not on the class path or cannot be unpacked
   */
  public static Path unpack(String name, ArtifactSource source) {
    try {
      Path root = root();
      Path target = root.resolve(name + "-" + Unpacker.fingerprint(source));
      return Files.isDirectory(target)
          ? target
          : fillLocked(target, source.artifact(), partial -> Unpacker.unpack(source, partial));
    } catch (IOException e) {
      throw new EngineException("cannot unpack " + source.artifact() + " for " + name, e);
    }
  }

  /** Puts files into an empty directory. */
  @FunctionalInterface
  public interface Filler {
    /** Fills the directory; when it throws, the next caller starts again with an empty one. */
    void fill(Path directory) throws IOException;
  }

  /**
   * Returns a directory with files that an engine made, such as a fresh data directory; it is
   * filled now if that was never done. Callers copy from it and never write to it.
   *
   * @param name a short word the directory's name starts with
   * @param content a text that is different whenever the files would be different: the engine's
   *     directory, options and statements
   * @throws EngineException if it cannot be filled
   */
  public static Path derive(String name, String content, Filler filler) {
    try {
      Path target = root().resolve(name + "-" + Unpacker.fingerprint(content));
      return Files.isDirectory(target) ? target : fillLocked(target, name, filler);
    } catch (IOException e) {
      throw new EngineException("cannot make the files of " + name, e);
    }
  }

  // Static synchronized: a FileLock excludes other JVMs, not other threads of this one.
  private static synchronized Path fillLocked(Path target, String what, Filler filler)
      throws IOException {
    Path lockFile = target.resolveSibling(target.getFileName() + ".lock");
    try (FileChannel channel =
            FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = channel.lock()) {
      if (!lock.isValid() || Files.isDirectory(target)) {
        return target;
      }
      deleteLeftovers(target);
      long start = System.nanoTime();
      Path partial = target.resolveSibling(target.getFileName() + PARTIAL + "unpacking");
      createReadable(partial);
      filler.fill(partial);
      Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
      log.info(
          "made the files of {} in {}, which took {} ms",
          what,
          target,
          (System.nanoTime() - start) / 1_000_000);
      return target;
    }
  }

  /** Deletes what a JVM left that died while it unpacked; the lock keeps living ones out. */
  private static void deleteLeftovers(Path target) throws IOException {
    try (DirectoryStream<Path> leftovers =
        Files.newDirectoryStream(target.getParent(), target.getFileName() + PARTIAL + "*")) {
      for (Path leftover : leftovers) {
        FileTrees.delete(leftover);
      }
    }
  }

  private static Path root() throws IOException {
    String setting = System.getProperty(SETTING);
    if (setting != null && !setting.isBlank()) {
      return createAll(Path.of(setting).toAbsolutePath());
    }
    Optional<Path> home = inUserCache();
    return home.isPresent() ? home.get() : inTemporaryDirectory();
  }

  private static Optional<Path> inUserCache() {
    String xdg = System.getenv("XDG_CACHE_HOME");
    Path cache =
        xdg != null && xdg.startsWith("/")
            ? Path.of(xdg)
            : Path.of(System.getProperty("user.home", "?"), ".cache");
    if (!cache.isAbsolute()
        || (EngineHost.current().changesUser()
            && !Privilege.isReachableByOthers(cache.resolve("any")))) {
      return Optional.empty();
    }
    try {
      Path root = createAll(cache.resolve("scaling-toolkit").resolve("engines"));
      return Files.isWritable(root) ? Optional.of(root) : Optional.empty();
    } catch (IOException e) {
      log.debug("no cache for engines in {}; taking the temporary directory", cache, e);
      return Optional.empty();
    }
  }

  private static Path inTemporaryDirectory() throws IOException {
    int user = Privilege.userId();
    Path root = Path.of(System.getProperty("java.io.tmpdir")).resolve("scaling-toolkit-" + user);
    if (!Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
      createReadable(root);
    }
    Set<PosixFilePermission> mode = Files.getPosixFilePermissions(root, LinkOption.NOFOLLOW_LINKS);
    if ((int) Files.getAttribute(root, "unix:uid", LinkOption.NOFOLLOW_LINKS) != user
        || mode.contains(PosixFilePermission.GROUP_WRITE)
        || mode.contains(PosixFilePermission.OTHERS_WRITE)) {
      throw new EngineException(
          root
              + " must belong to user "
              + user
              + " and be writable for that user only, because programs are run from it; it is not: "
              + "remove it or set the system property "
              + SETTING);
    }
    return root;
  }

  private static Path createAll(Path directory) throws IOException {
    return Files.createDirectories(directory);
  }

  private static void createReadable(Path directory) throws IOException {
    try {
      Files.createDirectory(directory);
    } catch (FileAlreadyExistsException e) {
      log.debug("another JVM made {} first", directory, e);
    }
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
