// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The application in the form that starts fastest here. Immutable.
 *
 * @param jar what {@code java -jar} gets: the unpacked jar, or the packaged one where nothing can
 *     be unpacked
 * @param home folder for what belongs to this exact jar; missing where nothing can be unpacked
 * @param heap heap limit, as {@code -Xmx} takes it
 */
record Program(Path jar, Path home, String heap) {

  /** Heap limit of the application. Argon2id hashing needs 19 MiB for each password in work. */
  static final String HEAP = "256m";

  private static final int AOT_CACHE_SINCE = 25;
  private static final int NATIVE_ACCESS_SINCE = 22;

  Program(Path jar, Path home) {
    this(jar, home, HEAP);
  }

  static Path java() {
    return Path.of(System.getProperty("java.home"), "bin", "java");
  }

  static int javaFeature() {
    return Runtime.version().feature();
  }

  static boolean usesAotCache() {
    return javaFeature() >= AOT_CACHE_SINCE;
  }

  /** The start-up archive for the JDK in use; need not exist. */
  Path archive() {
    String jdk = System.getProperty("java.vm.version") + "-" + System.getProperty("os.arch");
    return home.resolve(
        jdk.replaceAll("[^A-Za-z0-9._+-]", "_") + (usesAotCache() ? ".aot" : ".jsa"));
  }

  /** What a recording printed that failed; while this file is there no other is tried. */
  Path failure() {
    return archive().resolveSibling(archive().getFileName() + ".failed");
  }

  /** Whether an archive could be recorded and has not been. */
  boolean unrecorded() {
    return Files.isDirectory(home) && !archived() && Files.notExists(failure());
  }

  /** Whether the start-up archive exists. */
  boolean archived() {
    return Files.isRegularFile(archive());
  }

  /** Command line of a normal start, up to and including {@code -jar} and the jar. */
  List<String> startCommand() {
    List<String> command = base();
    if (archived()) {
      command.add((usesAotCache() ? "-XX:AOTCache=" : "-XX:SharedArchiveFile=") + archive());
    }
    return withJar(command);
  }

  /** Command line of a start that ends after its preparation and writes an archive meanwhile. */
  List<String> archiveCommand(Path target) {
    List<String> command = base();
    command.add((usesAotCache() ? "-XX:AOTCacheOutput=" : "-XX:ArchiveClassesAtExit=") + target);
    command.add("-Dspring.context.exit=onRefresh");
    return withJar(command);
  }

  /**
   * The collector and the heap must be the same in both, or the archive is refused. The second
   * compiler stays off: it takes half of the processor time of a start, and what phase 1 is made
   * for, 100 requests a second, does not need it.
   */
  private List<String> base() {
    List<String> command = new ArrayList<>();
    command.add(java().toString());
    command.add("-XX:+UseSerialGC");
    command.add("-XX:TieredStopAtLevel=1");
    command.add("-Xmx" + heap);
    command.add("-XX:+ExitOnOutOfMemoryError");
    if (javaFeature() >= NATIVE_ACCESS_SINCE) {
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    return command;
  }

  private List<String> withJar(List<String> command) {
    command.add("-jar");
    command.add(jar.toString());
    return command;
  }
}
