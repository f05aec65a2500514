// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The files of this repository as the documentation tests see them. Immutable. */
final class Tree {
  /** The top folder; Maven runs the tests of this module in {@code docs}. */
  static final Path ROOT = Path.of("").toAbsolutePath().getParent();

  private static final Set<String> SKIPPED = Set.of("target", ".git", "data", "node_modules");

  private Tree() {}

  /** All files below the top whose name ends with {@code suffix}, build output left out, sorted. */
  static List<Path> files(String suffix) {
    try (Stream<Path> walk = Files.walk(ROOT)) {
      return walk.filter(file -> file.getFileName().toString().endsWith(suffix))
          .filter(file -> Stream.of(parts(file)).noneMatch(SKIPPED::contains))
          .filter(Files::isRegularFile)
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The lines of one file. */
  static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  /** A file's path from the top, with forward slashes. */
  static String name(Path file) {
    return ROOT.relativize(file).toString().replace('\\', '/');
  }

  private static String[] parts(Path file) {
    return name(file).split("/");
  }
}
