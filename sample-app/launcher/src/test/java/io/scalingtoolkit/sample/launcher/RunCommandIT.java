// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Drives the real {@code ./run} as a person would. */
final class RunCommandIT {

  private static final Duration PATIENCE = Duration.ofSeconds(120);
  private static final Pattern PID = Pattern.compile("pid +(\\d+)");

  @TempDir private Path scratch;

  private String data = "";
  private String port = "";

  @BeforeEach
  void choose() throws IOException {
    data = scratch.resolve("data").toString();
    try (ServerSocket socket = new ServerSocket(0)) {
      port = Integer.toString(socket.getLocalPort());
    }
  }

  @AfterEach
  void stop() throws Exception {
    assertThat(script().run("stop", "--port", port).exitCode()).isZero();
  }

  @Test
  void start_detached_firstStepsKeysAndStopWork() throws Exception {
    RunScript.Result started = script().run("--port", port, "--data", data, "--detach");

    assertThat(started.exitCode()).as(started.err()).isZero();
    assertThat(started.out()).contains("http://localhost:" + port, data, "memory", "ready after");
    assertThat(paste(started.out())).contains("my first item");
    assertThat(Path.of(data, "logs/app.log")).content().contains("\"@timestamp\"");

    RunScript.Result rotated = script().run("keys", "rotate", "--data", data);

    assertThat(rotated.out()).startsWith("added signing key ").contains(data + "/keys");

    RunScript.Result stopped = script().run("stop", "--port", port);

    assertThat(stopped.out()).startsWith("Stopped phase 1 on port " + port);
    assertThat(process(started.out())).isNull();
    assertThat(script().run("stop", "--port", port).out())
        .isEqualTo("Nothing runs from this project on port " + port + ".\n");
  }

  @Test
  void start_secondTime_saysWhoHoldsThePortAndTheData() throws Exception {
    RunScript.Result first = script().run("--port", port, "--data", data, "--detach");
    assertThat(first.exitCode()).as(first.err()).isZero();

    RunScript.Result samePort =
        script().run("--port", port, "--data", scratch.resolve("other").toString());
    RunScript.Result sameData = script().run("--port", "19998", "--data", data);

    assertRefused(
        samePort, "port " + port + " is in use by this project's application", "./run stop");
    assertRefused(sameData, "the data folder " + data + " is in use by this project's application");
  }

  @Test
  void start_portHeldByAnotherProgram_namesIt() throws Exception {
    try (ServerSocket holder = new ServerSocket(0)) {
      RunScript.Result refused =
          script().run("--port", Integer.toString(holder.getLocalPort()), "--data", data);

      assertRefused(
          refused, "is in use by another program, pid " + ProcessHandle.current().pid() + ":");
    }
  }

  @Test
  void start_launcherTerminated_stopsTheApplicationFirst() throws Exception {
    RunScript.Started launcher = foreground();

    launcher.process().destroy();
    RunScript.Result ended = launcher.await();

    assertThat(ended.exitCode()).isEqualTo(128 + 15);
    assertThat(ended.out()).contains("Stopping …", "Stopped.");
    assertThat(process(ended.out())).isNull();
    assertThat(Path.of(data, "logs/app.log")).content().contains("Commencing graceful shutdown");
  }

  @Test
  void start_stoppedByTheOtherCommand_passesOnTheExitCode() throws Exception {
    RunScript.Started launcher = foreground();

    assertThat(script().run("stop", "--port", port).exitCode()).isZero();
    RunScript.Result ended = launcher.await();

    assertThat(ended.exitCode()).isEqualTo(128 + 15);
    assertThat(ended.out()).contains("The application ended with exit code 143.");
  }

  @Test
  void start_launcherKilled_leavesNoApplicationAndKeepsTheData() throws Exception {
    RunScript.Started launcher = foreground();
    paste(launcher.out());

    launcher.process().destroyForcibly().waitFor();

    await().atMost(PATIENCE).until(() -> process(launcher.out()) == null);
    RunScript.Started again = foreground();
    assertThat(login()).isEqualTo(201);
    again.process().destroy();
    again.await();
  }

  @Test
  void start_applicationRefusesToStart_showsItsLine() throws Exception {
    RunScript.Result refused =
        script()
            .with("APP_MINFREEMIB", "9000000000")
            .run("--port", port, "--data", data, "--detach");

    assertRefused(refused, "the application does not start", "app.min-free-mib", "app.log");
  }

  @Test
  void start_dataFolderUnusable_isOneLine() throws Exception {
    Path file = Files.createFile(scratch.resolve("file"));

    assertRefused(
        script().run("--port", port, "--data", file.resolve("x").toString()),
        file + " is a file, not a folder");
  }

  @Test
  void start_ordinaryUserWithoutPermission_isOneLine() throws Exception {
    assumeThat(ordinaryUser()).as("needs root and setpriv").isTrue();
    Path closed =
        Files.createDirectory(
            scratch.resolve("closed"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Files.setPosixFilePermissions(scratch, PosixFilePermissions.fromString("rwxr-xr-x"));

    RunScript.Result refused =
        script()
            .through("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
            .run("--port", port, "--data", closed.toString());

    assertRefused(refused, "cannot write the data folder " + closed, "no permission to write");
  }

  @Test
  void start_diskOfTheDataFolderFull_isOneLine() throws Exception {
    Path disk = Files.createDirectory(scratch.resolve("disk"));
    assumeThat(mounted(disk)).as("needs the right to mount a tmpfs").isTrue();
    try {
      assertRefused(
          script().run("--port", port, "--data", disk.resolve("data").toString()),
          "the disk of the data folder",
          "is full: 1 MiB free, at least 64 MiB needed");
    } finally {
      assertThat(exitCode("umount", disk.toString())).isZero();
    }
  }

  @Test
  void start_javaTooOld_isOneLine() throws Exception {
    Path old = scratch.resolve("jdk-11");
    Files.createDirectories(old.resolve("bin"));
    Files.writeString(old.resolve("release"), "JAVA_VERSION=\"11.0.2\"\n");
    Files.createFile(
        old.resolve("bin/java"),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));

    assertRefused(
        script().with("JAVA_HOME", old.toString()).run("--port", port),
        "JAVA_HOME (" + old + ") is version 11.0.2; a JDK 17 or newer is needed");
  }

  @Test
  void start_noJava_isOneLine() throws Exception {
    assertRefused(
        script().without("JAVA_HOME").with("PATH", tools().toString()).run("--port", port),
        "no Java found");
    assertRefused(
        script().with("JAVA_HOME", scratch.toString()).run("--port", port), "has no bin/java");
  }

  @Test
  void start_notBuiltAndNoMaven_isOneLine() throws Exception {
    RunScript script = RunScript.copyIn(scratch.resolve("checkout"), scratch);

    assertRefused(
        script.without("SCALING_TOOLKIT_NO_BUILD").with("PATH", tools().toString()).run(),
        "mvn is not on the path");
  }

  @Test
  void start_wrongOption_isOneLineAndTwo() throws Exception {
    RunScript.Result wrong = script().run("--phase", "5");

    assertThat(wrong.exitCode()).isEqualTo(2);
    assertThat(wrong.err())
        .isEqualTo("run: --phase must be 1, 2, 3 or 4; got 5; see ./run --help\n");
  }

  @Test
  void help_isShort() throws Exception {
    RunScript.Result help = script().run("--help");

    assertThat(help.exitCode()).isZero();
    assertThat(help.out()).contains("--phase", "--port", "--data", "--detach", "stop", "doctor");
    assertThat(help.out().lines()).as("fits on a screen").hasSizeLessThan(30);
  }

  private RunScript script() {
    return RunScript.here(scratch);
  }

  private RunScript.Started foreground() throws Exception {
    RunScript.Started launcher = script().start("--port", port, "--data", data);
    await()
        .atMost(PATIENCE)
        .until(() -> launcher.out().contains("Stop with") || !launcher.process().isAlive());
    assertThat(launcher.process().isAlive()).as(Files.readString(launcher.errFile())).isTrue();
    return launcher;
  }

  /** Runs the three printed commands in one shell and returns what the last one prints. */
  private String paste(String out) throws Exception {
    List<String> steps =
        out.lines().filter(line -> line.startsWith("curl") || line.startsWith("TOKEN=")).toList();
    assertThat(steps).hasSize(3);
    Process shell = new ProcessBuilder("sh", "-c", String.join("\n", steps)).start();
    String printed = new String(shell.getInputStream().readAllBytes());
    assertThat(shell.waitFor()).isZero();
    return printed;
  }

  private int login() throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/api/sessions"))
            .header("Content-Type", "application/json")
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    "{\"login\":\"ada\",\"password\":\"to-be-changed-42\"}"))
            .build();
    return HttpClient.newHttpClient()
        .send(request, HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }

  /** The application that this output is about, null when it has ended. */
  private static ProcessHandle process(String out) {
    Matcher pid = PID.matcher(out);
    assertThat(pid.find()).as(out).isTrue();
    return ProcessHandle.of(Long.parseLong(pid.group(1)))
        .filter(ProcessHandle::isAlive)
        .orElse(null);
  }

  private static void assertRefused(RunScript.Result result, String... parts) {
    assertThat(result.exitCode()).as(result.err()).isEqualTo(1);
    assertThat(result.err()).startsWith("run: ").contains(parts);
    assertThat(result.err().lines()).hasSize(1);
  }

  /** A search path with what the script itself needs, and neither Java nor Maven. */
  private Path tools() throws IOException {
    Path bin = Files.createDirectories(scratch.resolve("bin"));
    for (String tool : List.of("sh", "dirname", "readlink", "sed", "find", "head", "mkdir")) {
      Path wrapper = bin.resolve(tool);
      if (Files.notExists(wrapper)) {
        Files.createFile(
            wrapper,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        Files.writeString(
            wrapper, "#!/bin/sh\nexec " + Executables.find(tool).orElseThrow() + " \"$@\"\n");
      }
    }
    return bin;
  }

  private static boolean ordinaryUser() throws Exception {
    return Executables.find("setpriv").isPresent()
        && exitCode("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "true") == 0;
  }

  private static boolean mounted(Path disk) throws Exception {
    return Executables.find("mount").isPresent()
        && exitCode("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk.toString()) == 0;
  }

  private static int exitCode(String... command) throws Exception {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }
}
