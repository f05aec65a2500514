// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Supplier;

/**
 * The folder that remembers which applications run from this project, one file a port. Files of
 * processes that have ended are leftovers: they are ignored and removed.
 */
final class RunStates {

  private final Path folder;

  RunStates(Path folder) {
    this.folder = folder;
  }

  /**
   * Does something while no other launcher of this project does.
   *
   * @throws UserError when the folder cannot be written
   */
  <T> T exclusively(Supplier<T> action) {
    try {
      Files.createDirectories(folder);
      try (FileChannel channel =
          FileChannel.open(
              folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
        FileLock lock = channel.lock();
        try {
          return action.get();
        } finally {
          lock.release();
        }
      }
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  /** Remembers a running application in place of whatever was known about its port. */
  void write(RunState state) {
    Path target = file(state.port());
    Path half = folder.resolve(state.port() + ".new");
    try {
      Files.createDirectories(folder);
      try (Writer writer = Files.newBufferedWriter(half)) {
        state.toProperties().store(writer, null);
      }
      Files.move(half, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  /** Forgets an application; does nothing when the port has a newer one by now. */
  void remove(RunState state) {
    if (read(file(state.port())).filter(state::equals).isPresent()) {
      delete(file(state.port()));
      Path control = state.control();
      if (control != null) {
        delete(control);
        delete(control.resolveSibling(""));
      }
    }
  }

  /** What runs now, in order of the ports. */
  List<RunState> running() {
    return all().stream().filter(state -> state.process().alive().isPresent()).toList();
  }

  /** Entries of processes that have ended without being removed, for example by a power cut. */
  List<RunState> leftovers() {
    return all().stream().filter(state -> state.process().alive().isEmpty()).toList();
  }

  private List<RunState> all() {
    List<RunState> states = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.properties")) {
      for (Path file : files) {
        read(file).ifPresent(states::add);
      }
    } catch (NoSuchFileException nothingWasEverStarted) {
      return List.of();
    } catch (IOException e) {
      throw new UserError("cannot read " + folder + ": " + UserError.reason(e), e);
    }
    states.sort((a, b) -> Integer.compare(a.port(), b.port()));
    return states;
  }

  private static Optional<RunState> read(Path file) {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
      return Optional.of(RunState.of(properties));
    } catch (NoSuchFileException gone) {
      return Optional.empty();
    } catch (IOException | IllegalArgumentException e) {
      throw new UserError(
          "cannot understand the state file "
              + file
              + " ("
              + UserError.reason(e)
              + "); delete it when nothing runs",
          e);
    }
  }

  private Path file(int port) {
    return folder.resolve(port + ".properties");
  }

  private void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  private UserError unwritable(IOException e) {
    return new UserError(
        "cannot write "
            + folder
            + ": "
            + UserError.reason(e)
            + "; run from a project folder that you may write to",
        e);
  }
}
