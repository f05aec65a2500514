// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;

/**
 * The folder that an application keeps everything in. Immutable.
 *
 * @param path absolute path
 */
record DataFolder(Path path) {

  /** The application needs this much free space to start; below it SQLite soon fails to commit. */
  static final long MIN_FREE_BYTES = 64L << 20;

  private static final int PROBE_BYTES = 4096;

  /** Where the application writes its log, one JSON object a line. */
  Path log() {
    return path.resolve("logs/app.log");
  }

  /** What the application's process prints outside its log; empty in good times. */
  Path console() {
    return path.resolve("logs/console.log");
  }

  /**
   * Creates the folder when it is missing and tries to write to it.
   *
   * @throws UserError when it cannot be used, naming the path and the reason
   */
  void prepare() {
    requireUsable();
    try {
      if (!Files.isDirectory(path)) {
        Files.createDirectories(path.getParent());
        createPrivate();
      }
      Files.createDirectories(path.resolve("logs"));
      Path probe = Files.createTempFile(path, ".write-check", "");
      try {
        Files.write(probe, new byte[PROBE_BYTES], StandardOpenOption.SYNC);
      } finally {
        Files.delete(probe);
      }
    } catch (IOException e) {
      throw new UserError(
          "cannot write the data folder "
              + path
              + ": "
              + UserError.reason(e)
              + "; choose another with --data",
          e);
    }
  }

  /**
   * A folder in it that only this user may enter, made when it is missing.
   *
   * @throws UserError when it cannot be made
   */
  Path inner(String name) {
    DataFolder inner = new DataFolder(path.resolve(name));
    try {
      if (!Files.isDirectory(inner.path)) {
        inner.createPrivate();
      }
      return inner.path;
    } catch (IOException e) {
      throw new UserError("cannot make the folder " + inner.path + ": " + UserError.reason(e), e);
    }
  }

  /**
   * Checks the folder without writing anything.
   *
   * @throws UserError when it cannot be used, naming the path and the reason
   */
  void requireUsable() {
    Optional<String> problem = problem();
    if (problem.isPresent()) {
      throw new UserError(problem.get());
    }
  }

  /** What stands against using this folder, found without writing anything. */
  Optional<String> problem() {
    Path existing = nearestExisting();
    if (!Files.isDirectory(existing)) {
      return Optional.of(
          "cannot use the data folder " + path + ": " + existing + " is a file, not a folder");
    }
    if (!Files.isWritable(existing)) {
      return Optional.of(
          "cannot write the data folder "
              + path
              + ": no permission to write in "
              + existing
              + "; choose another with --data");
    }
    return tooFull(existing);
  }

  /** The folder itself or, while it is missing, the nearest existing one above it. */
  Path nearestExisting() {
    Path existing = path;
    while (existing.getParent() != null && !Files.exists(existing)) {
      existing = existing.getParent();
    }
    return existing;
  }

  /** Whether the disk below the folder is too full now. */
  Optional<String> tooFull() {
    return Files.isDirectory(path) ? tooFull(path) : Optional.empty();
  }

  private Optional<String> tooFull(Path existing) {
    try {
      long free = Files.getFileStore(existing).getUsableSpace();
      return free >= MIN_FREE_BYTES
          ? Optional.empty()
          : Optional.of(
              "the disk of the data folder %s is full: %d MiB free, at least %d MiB needed"
                  .formatted(path, free >> 20, MIN_FREE_BYTES >> 20));
    } catch (IOException e) {
      return Optional.of("cannot use the data folder " + path + ": " + UserError.reason(e));
    }
  }

  private void createPrivate() throws IOException {
    if (path.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      Files.createDirectory(
          path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } else {
      Files.createDirectory(path);
    }
  }
}
