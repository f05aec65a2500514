// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.Properties;

/**
 * What a data folder remembers of the move of its SQLite file to a server. Immutable.
 *
 * @param database where to
 * @param moved whether all users are there; otherwise they are in the file, or on the way
 */
record MoveNote(Database database, boolean moved) {

  private static final String FILE = "move.properties";

  /**
   * Reads it; empty where no move was ever begun.
   *
   * @throws UserError when the file cannot be understood
   */
  static Optional<MoveNote> read(Path data) {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(data.resolve(FILE))) {
      properties.load(reader);
      return Optional.of(
          new MoveNote(
              Database.of(properties.getProperty("database", "")),
              Boolean.parseBoolean(properties.getProperty("moved"))));
    } catch (NoSuchFileException none) {
      return Optional.empty();
    } catch (IOException | IllegalArgumentException e) {
      throw new UserError("cannot read " + data.resolve(FILE) + ": " + UserError.reason(e), e);
    }
  }

  /**
   * Writes it in place of the one before.
   *
   * @throws UserError when that is not possible
   */
  void write(Path data) {
    Properties properties = new Properties();
    properties.setProperty("database", database.word());
    properties.setProperty("moved", Boolean.toString(moved));
    Path half = data.resolve(FILE + ".new");
    try {
      try (Writer writer = Files.newBufferedWriter(half)) {
        properties.store(writer, "written by ./run move");
      }
      Files.move(half, data.resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UserError("cannot write " + data.resolve(FILE) + ": " + UserError.reason(e), e);
    }
  }

  /** The command that starts on the server from now on. */
  String startCommand(Path data) {
    String db = database == Database.POSTGRES ? "" : " --db " + database.word();
    return "./run --phase 2" + db + " --data " + data;
  }
}
