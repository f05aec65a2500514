// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.edge;

import io.scalingtoolkit.testkit.EngineCluster;
import io.scalingtoolkit.testkit.EngineException;
import io.scalingtoolkit.testkit.process.Tools;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The machine's nginx as child process on loopback. Thread-safe.
 *
 * <p>When to use: for what an application says to caches with its headers, and for purging. Logs
 * are the program's own and those of requests.
 */
public final class NginxServer implements EngineCluster {
  private static final String PURGE_MODULE = "ngx_http_cache_purge_module.so";
  private static final List<Path> MODULES =
      List.of(Path.of("/usr/lib/nginx/modules"), Path.of("/usr/lib64/nginx/modules"));

  private final EdgeNode node;

  private NginxServer(EdgeNode node) {
    this.node = node;
  }

  /** Returns why there is none on this machine, or nothing when there is one. */
  public static Optional<String> unavailable() {
    if (Tools.find("nginx").isEmpty()) {
      return Optional.of("there must be a program nginx, as Debian's package nginx has it");
    }
    return purgeModule().isEmpty()
        ? Optional.of(
            "nginx must have " + PURGE_MODULE + ", as libnginx-mod-http-cache-purge has it")
        : Optional.empty();
  }

  private static Optional<Path> purgeModule() {
    return MODULES.stream()
        .map(folder -> folder.resolve(PURGE_MODULE))
        .filter(Files::isReadable)
        .findFirst();
  }

  /**
   * Starts one with the module {@code cache_purge} and returns when it listens.
   *
   * @param http what stands in the block {@code http} of its configuration. In the place of <code>
   *     ${listen}</code>, <code>${origin}</code> and <code>${directory}</code>, all of which must
   *     be there, stand the address to listen on, that of the origin, and an empty directory.
   * @param originPort the port on loopback of the server behind it
   * @throws EngineException when it does not start within 20 s; the message has the log's tail
   */
  public static NginxServer start(String http, int originPort) {
    Optional<String> reason = unavailable();
    if (reason.isPresent()) {
      throw new EngineException(reason.get());
    }
    Path program = Tools.find("nginx").orElseThrow();
    return new NginxServer(
        EdgeNode.start(
            "nginx",
            program,
            (workspace, place) -> {
              Path directory = workspace.createDirectory("cache");
              Path file = place.directory().resolve("nginx.conf");
              String text =
                  EdgeNode.filled(
                      http,
                      Map.of(
                          "listen", "127.0.0.1:" + place.port(),
                          "origin", "127.0.0.1:" + originPort,
                          "directory", directory.toString()));
              EdgeNode.write(file, frame(place.directory(), workspace.log("requests"), text));
              return List.of(
                  program.toString(),
                  "-e",
                  "stderr",
                  "-p",
                  place.directory() + "/",
                  "-c",
                  file.toString());
            }));
  }

  private static String frame(Path directory, Path requests, String http) {
    String temporary =
        Stream.of("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
            .map(kind -> "  %s_temp_path %s/%s;\n".formatted(kind, directory, kind))
            .reduce("", String::concat);
    // Workers of another user could not enter the directory.
    String user = "root".equals(System.getProperty("user.name")) ? "user root;\n" : "";
    return "load_module "
        + purgeModule().orElseThrow()
        + ";\n"
        + user
        + "daemon off;\nworker_processes 1;\nerror_log stderr info;\npid "
        + directory
        + "/nginx.pid;\nevents { worker_connections 256; }\nhttp {\n"
        + temporary
        + "  access_log "
        + requests
        + ";\n"
        + http
        + "\n}\n";
  }

  /** The port it listens on, on loopback. */
  public int port() {
    return node.port();
  }

  /** Its address, {@code http://127.0.0.1:PORT}. */
  public URI uri() {
    return node.uri();
  }

  /** Stops all its processes with SIGSTOP: dials are answered, nothing else is. */
  public void freeze() {
    node.freeze();
  }

  /** Lets it go on. */
  public void thaw() {
    node.thaw();
  }

  @Override
  public Path keepLogs(String label) {
    return node.keepLogs(label);
  }

  @Override
  public void close() {
    node.close();
  }
}
