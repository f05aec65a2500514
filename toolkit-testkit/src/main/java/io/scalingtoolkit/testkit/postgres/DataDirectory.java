// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.postgres;

import io.scalingtoolkit.testkit.EngineException;
import io.scalingtoolkit.testkit.process.EngineHost;
import io.scalingtoolkit.testkit.process.FileTrees;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The data directory of one server, seen as files. Confined. */
record DataDirectory(Path path) {
  /** Directories whose content belongs to the running server; they must exist, empty. */
  private static final Set<String> EMPTY_IN_BACKUP =
      Set.of(
          "pg_dynshmem",
          "pg_notify",
          "pg_replslot",
          "pg_serial",
          "pg_snapshots",
          "pg_stat_tmp",
          "pg_subtrans",
          "pg_wal");

  private static final String SETTINGS = "toolkit.conf";
  private static final String INCLUDE = "include '" + SETTINGS + "'\n";
  private static final String AUTO_SETTINGS = "postgresql.auto.conf";
  private static final String PID_FILE = "postmaster.pid";
  private static final int STATUS_LINE = 7;

  private static final Set<String> ABSENT_IN_BACKUP =
      Set.of(PID_FILE, "postmaster.opts", "backup_label", "standby.signal");

  /**
   * Puts settings into a file that {@code postgresql.conf} includes, where {@code ALTER SYSTEM} can
   * override them. They replace those of an earlier call.
   */
  void configure(Map<String, String> settings) {
    StringBuilder lines = new StringBuilder();
    settings.forEach(
        (name, value) ->
            lines.append(name).append(" = '").append(value.replace("'", "''")).append("'\n"));
    write(SETTINGS, lines.toString());
    if (!read("postgresql.conf").contains(INCLUDE)) {
      append("postgresql.conf", INCLUDE);
    }
  }

  /** Makes the server follow a primary: at its next start or, if it runs, at SIGHUP. */
  void follow(int primaryPort, String applicationName, String password) {
    String others =
        read(AUTO_SETTINGS)
            .lines()
            .filter(line -> !line.startsWith("primary_conninfo"))
            .map(line -> line + "\n")
            .collect(Collectors.joining());
    write(
        AUTO_SETTINGS,
        others
            + "primary_conninfo = 'host=127.0.0.1 port=%d user=%s%s application_name=%s'%n"
                .formatted(
                    primaryPort,
                    PostgresNode.USER,
                    password.isEmpty() ? "" : " password=" + password,
                    applicationName));
    if (!isStandby()) {
      append("standby.signal", "");
    }
  }

  /** Says whether a server that starts here follows a primary. */
  boolean isStandby() {
    return Files.exists(path.resolve("standby.signal"));
  }

  /**
   * Returns the number of the history that the data belong to, 1 for a cluster without promotions:
   * each promotion begins the next one and leaves a file with its number.
   */
  int timeline() {
    try (Stream<Path> files = Files.list(path.resolve("pg_wal"))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.matches("[0-9A-F]{8}\\.history"))
          .mapToInt(name -> Integer.parseUnsignedInt(name.substring(0, 8), 16))
          .max()
          .orElse(1);
    } catch (IOException e) {
      throw new EngineException("cannot list the log of " + path, e);
    }
  }

  /** Copies a directory that no server has ever run on. */
  void copyFrom(DataDirectory neverStarted) {
    try {
      FileTrees.copy(neverStarted.path, path, any -> true);
    } catch (IOException e) {
      throw new EngineException("cannot copy " + neverStarted.path + " to " + path, e);
    }
  }

  /**
   * Fills this empty directory with a base backup of a running server, as PostgreSQL's manual
   * describes it under "Making a Base Backup Using the Low Level API".
   *
   * <p>The WAL is left out: the new standby streams it from its primary, which keeps {@code
   * wal_keep_size} of it.
   *
   * @param server a connection to the server that runs on {@code source}; the backup belongs to
   *     this session
   */
  void backUpFrom(DataDirectory source, Connection server) {
    try (Statement statement = server.createStatement()) {
      statement.execute("select pg_backup_start('toolkit-testkit', true)");
      FileTrees.copy(source.path, path, DataDirectory::isInBackup);
      try (ResultSet result =
          statement.executeQuery(
              "select labelfile from pg_backup_stop(wait_for_archive => false)")) {
        result.next();
        append("backup_label", result.getString(1));
      }
    } catch (SQLException | IOException e) {
      throw new EngineException("cannot back up " + source.path + " to " + path, e);
    }
  }

  /** Forgets a server that ran here and is dead; its process id may belong to a stranger by now. */
  void forgetServer() {
    try {
      Files.deleteIfExists(path.resolve(PID_FILE));
    } catch (IOException e) {
      throw new EngineException("cannot delete " + PID_FILE + " in " + path, e);
    }
  }

  /**
   * Says whether the server that runs here writes that it is ready.
   *
   * <p>Asking its port instead could reach, and wait for, another program that took the port.
   */
  boolean isServerReady() throws IOException {
    Path file = path.resolve(PID_FILE);
    if (!Files.exists(file)) {
      return false;
    }
    List<String> lines = Files.readAllLines(file);
    return lines.size() > STATUS_LINE && lines.get(STATUS_LINE).strip().equals("ready");
  }

  /** Deletes the content, not the directory. */
  void clear() {
    try {
      FileTrees.delete(path);
      Files.createDirectory(path);
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx------"));
    } catch (IOException e) {
      throw new EngineException("cannot clear " + path, e);
    }
  }

  /** Gives the files to the user that the server runs as. */
  void handOver() {
    EngineHost.current().handOver(path);
  }

  private static boolean isInBackup(Path relative) {
    if (relative.getNameCount() == 1) {
      return !ABSENT_IN_BACKUP.contains(relative.toString());
    }
    return !EMPTY_IN_BACKUP.contains(relative.getName(0).toString())
        && !relative.getFileName().toString().startsWith("pgsql_tmp");
  }

  private String read(String file) {
    try {
      return Files.readString(path.resolve(file));
    } catch (IOException e) {
      throw new EngineException("cannot read " + file + " in " + path, e);
    }
  }

  private void write(String file, String text) {
    try {
      // In place, so that owner and mode stay those of the server.
      Files.writeString(path.resolve(file), text, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new EngineException("cannot write " + file + " in " + path, e);
    }
  }

  private void append(String file, String text) {
    try {
      Files.writeString(
          path.resolve(file),
          text,
          StandardCharsets.UTF_8,
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new EngineException("cannot write " + file + " in " + path, e);
    }
  }
}
