// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The file that remembers the shards of a data folder, in the order in which the application is
 * told of them: the first has the control schema and must stay the first. Thread-safe.
 */
final class ShardList {

  /** What a shard may be called; the name is part of the name of its folder. */
  static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,30}");

  private static final String JOINING = " joining";
  private static final List<Shard> AT_FIRST =
      List.of(new Shard("s1", false), new Shard("s2", false));

  private final Path file;

  ShardList(Path data) {
    this.file = data.resolve("shards");
  }

  /**
   * A shard.
   *
   * @param name matches {@link #NAME}
   * @param joining whether it was added and has not got all of its share yet
   */
  record Shard(String name, boolean joining) {}

  /**
   * The shards in order; two, s1 and s2, before the first start.
   *
   * @throws UserError when the file cannot be read or understood
   */
  synchronized List<Shard> shards() {
    try {
      return Files.readAllLines(file).stream()
          .filter(line -> !line.isBlank())
          .map(this::of)
          .toList();
    } catch (NoSuchFileException neverStarted) {
      return AT_FIRST;
    } catch (IOException e) {
      throw new UserError("cannot read the list of shards " + file + ": " + UserError.reason(e), e);
    }
  }

  /** The names in order. */
  List<String> names() {
    return shards().stream().map(Shard::name).toList();
  }

  /** Whether there is a shard that has not got all of its share yet. */
  boolean joining() {
    return shards().stream().anyMatch(Shard::joining);
  }

  /**
   * Appends a shard that joins.
   *
   * @throws UserError when the name is in use, or the file cannot be written
   */
  synchronized void add(String name) {
    List<Shard> shards = new ArrayList<>(shards());
    requireFree(name);
    shards.add(new Shard(name, true));
    write(shards);
  }

  /** Refuses a name that is in use. */
  void requireFree(String name) {
    if (names().contains(name)) {
      throw new UserError(
          "shard "
              + name
              + " is there already; ./run shards shows it, ./run shards resume goes on with its move");
    }
  }

  /** Notes that all shards have their share. */
  synchronized void joined() {
    write(shards().stream().map(shard -> new Shard(shard.name(), false)).toList());
  }

  private Shard of(String line) {
    boolean joining = line.endsWith(JOINING);
    String name = joining ? line.substring(0, line.length() - JOINING.length()) : line;
    if (!NAME.matcher(name).matches()) {
      throw new UserError(
          "cannot understand the list of shards "
              + file
              + ": a name must match "
              + NAME
              + "; got "
              + name);
    }
    return new Shard(name, joining);
  }

  private void write(List<Shard> shards) {
    Path half = file.resolveSibling("shards.new");
    try {
      Files.write(
          half,
          shards.stream().map(shard -> shard.name() + (shard.joining() ? JOINING : "")).toList());
      Files.move(half, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UserError(
          "cannot write the list of shards " + file + ": " + UserError.reason(e), e);
    }
  }
}
