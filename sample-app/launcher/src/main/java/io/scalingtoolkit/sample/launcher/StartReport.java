// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What a successful start prints. Immutable.
 *
 * @param state what runs
 * @param data its data folder
 * @param database what holds its data
 * @param app the application's process
 * @param engines lines about the database servers
 */
record StartReport(
    RunState state, DataFolder data, Database database, long app, List<String> engines) {

  private static final double NANOS_PER_SECOND = 1e9;

  void print(PrintStream out, long startNanos, boolean detached) {
    String url = "http://localhost:" + state.port();
    String report =
        """
        Scaling Toolkit, phase %d: one process with %s%s, ready after %s s
          URL     %s   (API: %s/swagger-ui.html)
          data    %s
          log     %s
          memory  %s, heap limit %s
          pid     %d
        %s
        First steps, to paste into another terminal:
        %s

        %s
        """
            .formatted(
                state.phase(),
                database.product(),
                state.phase() == 1 ? "" : ", a primary and two replicas",
                String.format(Locale.ROOT, "%.1f", startNanos / NANOS_PER_SECOND),
                url,
                url,
                data.path(),
                data.log(),
                memory(),
                Program.HEAP,
                app,
                engines.stream().map(line -> "  " + line + "\n").collect(Collectors.joining()),
                String.join("\n", steps(url)),
                detached
                    ? "Stop with ./run stop --port " + state.port()
                    : "Stop with Ctrl-C, or ./run stop --port " + state.port());
    out.print(report);
    out.flush();
  }

  private List<String> steps(String url) {
    List<String> steps = new ArrayList<>(firstSteps(url));
    if (state.phase() > 1) {
      steps.add("curl -s " + url + "/actuator/replication");
    }
    return steps;
  }

  /** Three commands: register, log in and keep the token, create an item. */
  static List<String> firstSteps(String url) {
    String json = " -H 'Content-Type: application/json' ";
    return List.of(
        "curl -s "
            + url
            + "/api/users"
            + json
            + "-d '{\"email\":\"ada@example.org\",\"username\":\"ada\",\"password\":\"to-be-changed-42\"}'",
        "TOKEN=$(curl -s "
            + url
            + "/api/sessions"
            + json
            + "-d '{\"login\":\"ada\",\"password\":\"to-be-changed-42\"}'"
            + " | sed 's/.*\"accessToken\":\"\\([^\"]*\\)\".*/\\1/')",
        "curl -s "
            + url
            + "/api/items"
            + json
            + "-H \"Authorization: Bearer $TOKEN\" -d '{\"data\":{\"title\":\"my first item\"}}'");
  }

  private String memory() {
    Path status = Path.of("/proc/" + app + "/status");
    try {
      return Files.readAllLines(status).stream()
          .filter(line -> line.startsWith("VmRSS:"))
          .map(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024 + " MiB in use")
          .findFirst()
          .orElse("unknown");
    } catch (IOException withoutProc) {
      return "unknown";
    }
  }
}
