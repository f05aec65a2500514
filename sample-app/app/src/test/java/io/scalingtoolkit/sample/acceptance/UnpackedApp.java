// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.acceptance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The packaged application as {@code ./run} starts it: unpacked, with an archive of its classes.
 * Made once; a start takes a quarter of the time then, and the tests make dozens. Thread-safe.
 */
final class UnpackedApp {
  private static final long MOST_SECONDS = 120;

  /** Must be the same with and without the archive, or that is not used. */
  private static final List<String> OPTIONS =
      List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

  private static @Nullable Path folder;

  private UnpackedApp() {}

  /** Command line up to and including the jar. */
  static List<String> command(Path packaged, String heap) {
    Path home = unpacked(packaged);
    List<String> command = java(heap);
    command.add("-XX:SharedArchiveFile=" + home.resolve("app.jsa"));
    command.addAll(List.of("-jar", home.resolve(packaged.getFileName()).toString()));
    return command;
  }

  private static List<String> java(String heap) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx" + heap);
    command.addAll(OPTIONS);
    return command;
  }

  private static synchronized Path unpacked(Path packaged) {
    Path made = folder;
    if (made == null) {
      try {
        made = unpack(packaged);
      } catch (IOException e) {
        throw new UncheckedIOException("cannot unpack " + packaged, e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while unpacking", e);
      }
      folder = made;
    }
    return made;
  }

  private static Path unpack(Path packaged) throws IOException, InterruptedException {
    Path home = Files.createTempDirectory("acceptance-app-");
    Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(home), "delete-unpacked-app"));
    List<String> extract = java("256m");
    extract.addAll(List.of("-Djarmode=tools", "-jar", packaged.toString(), "extract", "--force"));
    extract.addAll(List.of("--destination", home.toString()));
    run(extract, home);
    List<String> record = java("256m");
    record.add("-XX:ArchiveClassesAtExit=" + home.resolve("app.jsa"));
    record.add("-Dspring.context.exit=onRefresh");
    record.addAll(List.of("-jar", home.resolve(packaged.getFileName()).toString()));
    record.addAll(List.of("--server.port=0", "--app.data-dir=" + home.resolve("data")));
    run(record, home);
    return home;
  }

  private static void run(List<String> command, Path home)
      throws IOException, InterruptedException {
    Path log = home.resolve("log");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    if (!process.waitFor(MOST_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
      process.destroyForcibly();
      throw new IOException(command + " failed: " + Files.readString(log));
    }
  }

  private static void delete(Path tree) {
    try (Stream<Path> files = Files.walk(tree)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
