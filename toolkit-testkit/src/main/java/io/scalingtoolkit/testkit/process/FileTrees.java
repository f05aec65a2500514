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
import java.util.function.Predicate;
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

  /**
   * Copies the files below {@code source} into the existing directory {@code target}.
   *
   * <p>A file that vanishes while it is read is left out: a running engine may delete it.
   *
   * @param wanted says of a path relative to {@code source} whether it is copied; not asked about
   *     what lies below an unwanted directory
   */
  public static void copy(Path source, Path target, Predicate<Path> wanted) throws IOException {
    Files.walkFileTree(source, new Copy(source, target, wanted));
  }

  /** Makes a numeric user and group of the same id the owner of every file of the tree. */
  static void handOver(Path tree, int id) throws IOException {
    Files.walkFileTree(tree, new Chown(id));
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

  private static final class Copy extends SimpleFileVisitor<Path> {
    private final Path source;
    private final Path target;
    private final Predicate<Path> wanted;

    Copy(Path source, Path target, Predicate<Path> wanted) {
      this.source = source;
      this.target = target;
      this.wanted = wanted;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
        throws IOException {
      Path relative = source.relativize(directory);
      if (directory.equals(source)) {
        return FileVisitResult.CONTINUE;
      }
      if (!wanted.test(relative)) {
        return FileVisitResult.SKIP_SUBTREE;
      }
      createPrivate(target.resolve(relative));
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      Path relative = source.relativize(file);
      if (wanted.test(relative)) {
        try {
          Files.copy(file, target.resolve(relative), LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException e) {
          Files.deleteIfExists(target.resolve(relative));
        }
      }
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
      if (failure instanceof NoSuchFileException) {
        return FileVisitResult.CONTINUE;
      }
      throw failure;
    }
  }

  private static final class Chown extends SimpleFileVisitor<Path> {
    private final int id;

    Chown(int id) {
      this.id = id;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      return chown(file);
    }

    @Override
    public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
        throws IOException {
      if (failure != null) {
        throw failure;
      }
      return chown(directory);
    }

    private FileVisitResult chown(Path path) throws IOException {
      Files.setAttribute(path, "unix:uid", id, LinkOption.NOFOLLOW_LINKS);
      Files.setAttribute(path, "unix:gid", id, LinkOption.NOFOLLOW_LINKS);
      return FileVisitResult.CONTINUE;
    }
  }
}
