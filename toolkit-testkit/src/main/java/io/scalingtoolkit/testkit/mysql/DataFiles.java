// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.mysql;

import io.scalingtoolkit.testkit.EngineException;
import io.scalingtoolkit.testkit.process.ArtifactCache;
import io.scalingtoolkit.testkit.process.EngineCommand;
import io.scalingtoolkit.testkit.process.EngineHost;
import io.scalingtoolkit.testkit.process.FileTrees;
import io.scalingtoolkit.testkit.process.Workspace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Data directories: how the first one is made, and how others are copied from it. */
final class DataFiles {
  private static final Duration INIT_LIMIT = Duration.ofMinutes(2);

  /** The rights of an application: everything on data and schemas, nothing on the server. */
  private static final String APPLICATION_RIGHTS =
      "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, REFERENCES, INDEX, ALTER,"
          + " CREATE TEMPORARY TABLES, LOCK TABLES, EXECUTE, CREATE VIEW, SHOW VIEW,"
          + " CREATE ROUTINE, ALTER ROUTINE, EVENT, TRIGGER, PROCESS";

  private DataFiles() {}

  /**
   * Returns a data directory with the two users and the empty database {@code app}, which no server
   * ever runs on. It is made once per program and user of this machine, and for a durable cluster,
   * whose passwords are its own, for this cluster alone.
   */
  static Path template(Flavor flavor, ServerProgram program, Workspace workspace, Access access) {
    List<String> statements = new ArrayList<>(flavor.userStatements(access));
    statements.add("GRANT ALL ON *.* TO root@'%' WITH GRANT OPTION");
    statements.add("GRANT " + APPLICATION_RIGHTS + " ON *.* TO app@'%'");
    statements.add("CREATE DATABASE " + GtidNode.DEFAULT_DATABASE);
    if (workspace.durable() != null) {
      try {
        Path made = workspace.createDirectory("template");
        make(flavor, program, workspace, statements, made);
        return made;
      } catch (IOException e) {
        throw new EngineException("cannot make the first data in " + workspace.path(), e);
      }
    }
    String content =
        String.join(
            "\n",
            program.identity(),
            statements.toString(),
            baseOptions(flavor, program).toString());
    return ArtifactCache.derive(
        flavor.word() + "-data",
        content,
        directory -> make(flavor, program, workspace, statements, directory));
  }

  private static void make(
      Flavor flavor,
      ServerProgram program,
      Workspace workspace,
      List<String> statements,
      Path directory)
      throws IOException {
    Path work = workspace.createDirectory("init");
    Path data = work.resolve("data");
    List<String> argv = new ArrayList<>(flavor.initCommand(program, data, work, statements));
    argv.addAll(baseOptions(flavor, program));
    argv.add("--tmpdir=" + work);
    Path log = workspace.log(flavor.word() + "-init");
    EngineHost.current()
        .run(
            new EngineCommand(
                workspace.name() + "-init", argv, Map.of(), program.home(), work, log, false),
            INIT_LIMIT);
    FileTrees.copy(data, directory, DataFiles::isWanted);
    FileTrees.delete(work);
  }

  /** Deletes a template that one cluster only had a use for. */
  static void drop(Path template) {
    try {
      FileTrees.delete(template);
    } catch (IOException e) {
      throw new EngineException("cannot delete " + template, e);
    }
  }

  /** Returns the options that making and running a data directory have in common. */
  static List<String> baseOptions(Flavor flavor, ServerProgram program) {
    List<String> options = new ArrayList<>();
    // Otherwise root is refused. For anyone else it does nothing but log a line.
    options.add("--user=root");
    options.add("--basedir=" + program.home());
    options.add("--lc-messages-dir=" + program.share());
    options.add("--character-sets-dir=" + program.share().resolve("charsets"));
    // Data survives SIGKILL, which is a matter of write(), and not a power cut.
    options.add("--innodb-flush-method=nosync");
    options.addAll(flavor.storageOptions());
    return options;
  }

  /**
   * Copies a data directory without what identifies its server or ties it to a primary.
   *
   * @param target an empty directory
   */
  static void copy(Path source, Path target) {
    try {
      FileTrees.copy(source, target, DataFiles::isWanted);
    } catch (IOException e) {
      throw new EngineException("cannot copy " + source + " to " + target, e);
    }
  }

  /** Makes the directory empty. */
  static void clear(Path data) {
    try {
      FileTrees.delete(data);
      Files.createDirectory(
          data, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (IOException e) {
      throw new EngineException("cannot empty " + data, e);
    }
  }

  /** Says whether a file, relative to the data directory, goes into a copy. */
  static boolean isWanted(Path relative) {
    if (relative.getNameCount() > 1) {
      return true; // a table may have any of these names
    }
    String name = relative.toString();
    boolean temporary =
        name.equals("ibtmp1")
            || name.equals("#innodb_temp")
            || name.startsWith(ServerProcess.SOCKET)
            || name.equals(ServerProcess.PID_FILE);
    boolean identity = name.equals("auto.cnf");
    boolean replication =
        name.startsWith(ServerProcess.RELAY_LOG + ".")
            || name.equals("master.info")
            || name.equals("relay-log.info")
            || name.equals("multi-master.info");
    return !temporary && !identity && !replication;
  }
}
