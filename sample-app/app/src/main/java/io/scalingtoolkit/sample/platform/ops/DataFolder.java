// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.ops;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * The folder with everything that must survive a restart: database, avatars, keys. While it is open
 * this process alone serves it; a lock file that the operating system frees when the process ends
 * sees to that. Thread-safe.
 */
public final class DataFolder implements AutoCloseable {

  private static final long MEBIBYTE = 1024L * 1024;

  private final Path root;
  private final FileChannel lockFile;

  private DataFolder(Path root, FileChannel lockFile) {
    this.root = root;
    this.lockFile = lockFile;
  }

  /**
   * Creates the folder when it is missing, checks that it can be used, and locks it.
   *
   * @param root where the data lie
   * @param freeMebibytes space the disk must have left, 0 for no check
   * @return the open folder
   * @throws StartRefusedException when it cannot be written, has too little space, or is in use
   */
  static DataFolder open(Path root, long freeMebibytes) {
    Path absolute = root.toAbsolutePath().normalize();
    FileChannel lockFile = null;
    try {
      createPrivate(absolute);
      lockFile =
          FileChannel.open(
              absolute.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock = lockFile.tryLock();
      if (lock == null) {
        throw inUse(absolute);
      }
      createPrivate(absolute.resolve("avatars"));
      createPrivate(absolute.resolve("keys"));
      requireSpace(absolute, freeMebibytes);
      return new DataFolder(absolute, lockFile);
    } catch (OverlappingFileLockException e) {
      close(lockFile);
      throw inUse(absolute);
    } catch (StartRefusedException e) {
      close(lockFile);
      throw e;
    } catch (IOException e) {
      close(lockFile);
      throw new StartRefusedException(
          "the data folder %s (app.data-dir) cannot be written: %s"
              .formatted(absolute, e.getClass().getSimpleName()),
          e);
    }
  }

  /** Returns the folder itself. */
  public Path root() {
    return root;
  }

  /** Returns the file of the SQLite database. */
  public Path database() {
    return root.resolve("app.db");
  }

  /** Returns the folder of avatar files; it exists. */
  public Path avatars() {
    return root.resolve("avatars");
  }

  /** Returns the folder of keys, readable by this user only; it exists. */
  public Path keys() {
    return root.resolve("keys");
  }

  /**
   * Opens an empty file for passing use that nobody else can open: it has no name any more, so it
   * is gone when the channel is closed, also by the end of this process.
   *
   * @return open for reading and writing
   * @throws IOException when no file can be created here
   */
  public FileChannel scratch() throws IOException {
    Path file = Files.createTempFile(root, "scratch", ".tmp");
    try {
      return FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    } finally {
      Files.delete(file);
    }
  }

  /** Frees the folder for another process. */
  @Override
  public void close() {
    close(lockFile);
  }

  private static void createPrivate(Path folder) throws IOException {
    Path parent = folder.getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    try {
      Files.createDirectory(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (FileAlreadyExistsException exists) {
      if (!Files.isDirectory(folder)) {
        throw exists;
      }
    }
  }

  private static void requireSpace(Path folder, long freeMebibytes) throws IOException {
    long free = Files.getFileStore(folder).getUsableSpace() / MEBIBYTE;
    if (free < freeMebibytes) {
      throw new StartRefusedException(
          "the disk of the data folder %s has %d MiB free, less than the %d MiB of app.min-free-mib"
              .formatted(folder, free, freeMebibytes));
    }
  }

  private static StartRefusedException inUse(Path folder) {
    return new StartRefusedException(
        "another process already serves the data folder %s (app.data-dir)".formatted(folder));
  }

  private static void close(@org.jspecify.annotations.Nullable FileChannel channel) {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        throw new java.io.UncheckedIOException("The lock of the data folder was not freed.", e);
      }
    }
  }
}
