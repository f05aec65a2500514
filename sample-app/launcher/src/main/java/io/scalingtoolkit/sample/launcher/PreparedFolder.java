// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Keeps the application unpacked, with a start-up archive for each JDK that started it. Both belong
 * to one exact jar file; a rebuilt jar gets a new folder and the old one is removed. Used inside
 * {@link RunStates#exclusively}, except {@link #record}, which may run in several launchers at
 * once.
 *
 * <p>References: class data sharing, <a href="https://openjdk.org/jeps/350">JEP 350</a>; the
 * ahead-of-time cache, <a href="https://openjdk.org/jeps/514">JEP 514</a>.
 */
final class PreparedFolder {

  private static final int DIRECTORY_BYTES = 1 << 20;
  private static final int FINGERPRINT_BYTES = 8;
  private static final long UNPACK_SECONDS = 60;
  private static final long ARCHIVE_SECONDS = 120;

  private final Path folder;
  private final Path packaged;
  private final String heap;

  PreparedFolder(Path folder, Path packaged) {
    this(folder, packaged, Program.HEAP);
  }

  /**
   * @param heap heap limit of the program, as {@code -Xmx} takes it
   */
  PreparedFolder(Path folder, Path packaged, String heap) {
    this.folder = folder;
    this.packaged = packaged;
    this.heap = heap;
  }

  /**
   * Unpacks the application unless that has been done. Where it cannot be unpacked, the answer is
   * the packaged jar: it starts more slowly and needs nothing.
   *
   * @throws UserError when the application has not been built
   */
  Program program() {
    if (!Files.isRegularFile(packaged)) {
      throw new UserError("the application has not been built: " + packaged + " is missing");
    }
    try {
      Path mine = folder.resolve(fingerprint());
      Path unpacked = mine.resolve("app");
      if (!Files.isDirectory(unpacked)) {
        Files.createDirectories(mine);
        unpack(mine, unpacked);
      }
      return new Program(unpacked.resolve(packaged.getFileName()), mine, heap);
    } catch (IOException notUnpacked) {
      return new Program(packaged, folder.resolve("not-unpacked"), heap);
    }
  }

  /** Removes the folders of older jars, except those that something still runs from. */
  void removeOutdated(Collection<Path> inUse) {
    try (DirectoryStream<Path> versions = Files.newDirectoryStream(folder)) {
      String current = fingerprint();
      for (Path version : versions) {
        if (!version.endsWith(current) && inUse.stream().noneMatch(p -> p.startsWith(version))) {
          delete(version);
        }
      }
    } catch (IOException e) {
      throw new UserError("cannot tidy " + folder + ": " + UserError.reason(e), e);
    }
  }

  /**
   * Records one start of the application, so that later ones load their classes from an archive.
   *
   * @return false when it was not made, because it failed or somebody else is at it; the
   *     application then starts without
   */
  boolean record(Program program) throws InterruptedException {
    if (!program.unrecorded()) {
      return program.archived();
    }
    try (FileChannel channel =
            FileChannel.open(
                program.home().resolve("lock"),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock()) {
      if (lock == null) {
        return false;
      }
      recordAlone(program);
      return true;
    } catch (IOException notMade) {
      return false;
    }
  }

  private static void recordAlone(Program program) throws IOException, InterruptedException {
    Path scratch = Files.createTempDirectory(program.home(), "training");
    Path log = scratch.resolve("log");
    try {
      Path half = scratch.resolve("archive");
      List<String> command = program.archiveCommand(half);
      command.add("--app.data-dir=" + scratch.resolve("data"));
      command.add("--server.port=0");
      run(command, ARCHIVE_SECONDS, log);
      Files.move(half, program.archive(), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      Files.move(log, program.failure(), StandardCopyOption.REPLACE_EXISTING);
      throw e;
    } finally {
      delete(scratch);
    }
  }

  /**
   * Lets another launcher call {@link #record} with low priority; it ends by itself.
   *
   * @return false when it could not be started
   */
  boolean recordInBackground(Project project) {
    List<String> command = new ArrayList<>();
    Executables.find("setsid").ifPresent(setsid -> command.add(setsid.toString()));
    Executables.find("nice").ifPresent(nice -> command.add(nice.toString()));
    command.add(Program.java().toString());
    command.add("-Xmx64m");
    command.add("-Dscalingtoolkit.root=" + project.root());
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(Main.class.getName());
    command.add("prepare");
    try {
      new ProcessBuilder(command)
          .redirectInput(new File("/dev/null"))
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .redirectError(ProcessBuilder.Redirect.DISCARD)
          .start();
      return true;
    } catch (IOException notStarted) {
      return false;
    }
  }

  private void unpack(Path mine, Path unpacked) throws IOException {
    Path scratch = Files.createTempDirectory(mine, "unpack");
    try {
      Path half = scratch.resolve("app");
      List<String> command =
          List.of(
              Program.java().toString(),
              "-XX:TieredStopAtLevel=1",
              "-XX:+UseSerialGC",
              "-Djarmode=tools",
              "-jar",
              packaged.toString(),
              "extract",
              "--destination",
              half.toString());
      run(command, UNPACK_SECONDS, scratch.resolve("log"));
      Files.move(half, unpacked, StandardCopyOption.ATOMIC_MOVE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while unpacking", e);
    } finally {
      delete(scratch);
    }
  }

  /** Runs a command; anything but its success within the time is an exception. */
  private static void run(List<String> command, long seconds, Path log)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
        throw new IOException(command.get(0) + " did not end within " + seconds + " s");
      }
    } finally {
      process.destroyForcibly();
    }
    if (process.exitValue() != 0) {
      throw new IOException(command.get(0) + " ended with " + process.exitValue());
    }
  }

  /**
   * Names the exact content of the packaged jar. Its date does not change from build to build, so
   * the end of the file is hashed: the directory of a zip file, with the checksum of every entry.
   */
  private String fingerprint() throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(packaged.toFile(), "r")) {
      byte[] end = new byte[(int) Math.min(DIRECTORY_BYTES, file.length())];
      file.seek(file.length() - end.length);
      file.readFully(end);
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(end);
      return HexFormat.of().formatHex(hash, 0, FINGERPRINT_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private static void delete(Path tree) throws IOException {
    try (Stream<Path> files = Files.walk(tree)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
