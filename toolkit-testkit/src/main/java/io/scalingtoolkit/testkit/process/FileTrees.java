// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.process;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/** Whole directories: create, copy, delete. Symbolic links are never followed. */
public final class FileTrees {
  private FileTrees() {}

  /** Creates a directory that only its owner may enter. */
  static Path createPrivate(Path directory) throws IOException {
    return create(directory, "rwx------");
  }

  /** Creates a directory that others may pass through but not list. */
  static Path createTraversable(Path directory) throws IOException {
    return create(directory, "rwx--x--x");
  }

  private static Path create(Path directory, String mode) throws IOException {
    Files.createDirectory(directory);
    // Set afterwards: the mode given to mkdir is cut by the umask.
    return Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString(mode));
  }

  /** Deletes the tree; what is gone already, or vanishes meanwhile, does not matter. */
  public static void delete(Path tree) throws IOException {
    if (!Files.exists(tree, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Files.walkFileTree(
        tree,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException failure)
              throws IOException {
            if (failure instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE;
            }
            throw failure;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
              throws IOException {
            Files.deleteIfExists(directory);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
