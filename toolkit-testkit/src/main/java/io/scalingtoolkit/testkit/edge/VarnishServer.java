// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.edge;

import io.scalingtoolkit.testkit.EngineCluster;
import io.scalingtoolkit.testkit.EngineException;
import io.scalingtoolkit.testkit.process.Tools;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The machine's Varnish as child process on loopback, with its cache in memory. Thread-safe.
 *
 * <p>When to use: as {@link NginxServer}. It starts in about a second, in which the C compiler
 * makes a library of the VCL.
 */
public final class VarnishServer implements EngineCluster {
  private final EdgeNode node;

  private VarnishServer(EdgeNode node) {
    this.node = node;
  }

  /** Returns why there is none on this machine, or nothing when there is one. */
  public static Optional<String> unavailable() {
    if (Tools.find("varnishd").isEmpty()) {
      return Optional.of("there must be a program varnishd, as Debian's package varnish has it");
    }
    return Tools.find("gcc").isEmpty()
        ? Optional.of("there must be a program gcc, which varnishd compiles its VCL with")
        : Optional.empty();
  }

  /**
   * Starts one and returns when it listens.
   *
   * @param vcl its configuration. In the place of <code>${host}</code> and <code>${port}</code>,
   *     both of which must be there, stand host and port of the origin.
   * @param originPort the port on loopback of the server behind it
   * @throws EngineException when it does not start within 20 s; the message has the log's tail
   */
  public static VarnishServer start(String vcl, int originPort) {
    Optional<String> reason = unavailable();
    if (reason.isPresent()) {
      throw new EngineException(reason.get());
    }
    Path program = Tools.find("varnishd").orElseThrow();
    return new VarnishServer(
        EdgeNode.start(
            "varnish",
            program,
            (workspace, place) -> {
              Path file = place.directory().resolve("edge.vcl");
              Map<String, String> origin =
                  Map.of("host", "127.0.0.1", "port", Integer.toString(originPort));
              EdgeNode.write(file, EdgeNode.filled(vcl, origin));
              List<String> argv = new ArrayList<>(List.of(program.toString(), "-F"));
              argv.addAll(List.of("-j", "none", "-T", "none"));
              argv.addAll(List.of("-n", workspace.createDirectory("work").toString()));
              argv.addAll(List.of("-a", "127.0.0.1:" + place.port()));
              argv.addAll(List.of("-s", "malloc,16m", "-f", file.toString()));
              argv.addAll(List.of("-p", "thread_pool_min=10", "-p", "thread_pools=1"));
              return argv;
            }));
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
