// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;

/**
 * A program that behaves towards the launcher as the application does, and starts in a moment. It
 * is one class file, from which {@link #jar} makes a jar.
 *
 * <p>In the folder above its own data folder it looks for {@code refuse}, a list of instance
 * folders that shall not start, and {@code mover-script}, the lines a mover prints; the line {@code
 * die} ends it in the middle, the line {@code wait} keeps it until it is told to end, or the script
 * is gone.
 */
public final class FakeApp {

  private static final AtomicInteger REQUESTS = new AtomicInteger();

  private FakeApp() {}

  /** Writes a jar of this class. */
  static Path jar(Path file) throws IOException {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, FakeApp.class.getName());
    Files.createDirectories(file.getParent());
    String name = FakeApp.class.getName().replace('.', '/') + ".class";
    try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(file), manifest);
        var bytes = FakeApp.class.getClassLoader().getResourceAsStream(name)) {
      jar.putNextEntry(new JarEntry(name));
      bytes.transferTo(jar);
    }
    return file;
  }

  /** Runs as the application would. */
  public static void main(String[] args) throws Exception {
    List<String> arguments = List.of(args);
    if (arguments.contains("extract")) {
      System.exit(1); // is no jar that can be unpacked
    }
    Path data = Path.of(value(arguments, "--app.data-dir="));
    Thread watch = new Thread(FakeApp::exitWithParent);
    watch.setDaemon(true);
    watch.start();
    if (List.of("--add-shards", "--resume-moves", "--move-to-server", "--move-back")
        .contains(arguments.get(arguments.size() - 1))) {
      move(data, arguments.get(arguments.size() - 1));
      return;
    }
    Path refuse = data.resolveSibling("refuse");
    if (Files.exists(refuse)
        && Files.readAllLines(refuse).contains(data.getFileName().toString())) {
      new PrintStream(System.out, true, StandardCharsets.UTF_8)
          .println("sample-app cannot start: refused by the test");
      System.exit(1);
    }
    serve(Integer.parseInt(value(arguments, "--server.port=")), arguments);
  }

  private static void serve(int port, List<String> arguments) throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 50);
    server.setExecutor(Executors.newFixedThreadPool(4));
    answer(server, "/actuator/health/readiness", "up");
    answer(
        server, "/actuator/shards", "{\"version\":7,\"slots\":16,\"shards\":[{\"name\":\"s1\"}]}");
    answer(server, "/who", Integer.toString(port));
    answer(server, "/pid", Long.toString(ProcessHandle.current().pid()));
    answer(server, "/arguments", String.join("\n", arguments));
    Map<String, String> environment = new TreeMap<>(System.getenv());
    answer(
        server,
        "/environment",
        environment.entrySet().stream()
            .filter(entry -> entry.getKey().matches("(APP|TOOLKIT)_.*"))
            .map(entry -> entry.getKey() + "=" + entry.getValue())
            .collect(Collectors.joining("\n")));
    Runtime.getRuntime().addShutdownHook(new Thread(() -> drain(server)));
    server.start();
  }

  /** Ends once nobody has asked for a moment; whoever is connected has asked by then. */
  private static void drain(HttpServer server) {
    int seen;
    do {
      seen = REQUESTS.get();
      LockSupport.parkNanos(100_000_000);
    } while (seen != REQUESTS.get());
    server.stop(0);
  }

  private static void answer(HttpServer server, String path, String text) {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    server.createContext(
        path,
        exchange -> {
          REQUESTS.incrementAndGet();
          exchange.sendResponseHeaders(200, body.length);
          try (OutputStream out = exchange.getResponseBody()) {
            out.write(body);
          }
        });
  }

  private static void move(Path data, String argument) throws Exception {
    Path above = data.toAbsolutePath().getParent();
    Files.writeString(
        above.resolve("mover-arguments"),
        argument + "\n",
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
    Files.writeString(
        above.resolve("mover-environment"),
        String.valueOf(System.getenv("APP_DATABASE_SHARDS_2_NAME")));
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    for (String line : Files.readAllLines(above.resolve("mover-script"))) {
      if (line.equals("die")) {
        Runtime.getRuntime().halt(137);
      }
      if (line.equals("wait")) {
        while (Files.exists(above.resolve("mover-script"))) {
          LockSupport.parkNanos(10_000_000);
        }
      } else {
        out.println(line);
      }
    }
  }

  private static void exitWithParent() {
    try {
      while (System.in.read() >= 0) {
        // Nothing is sent.
      }
    } catch (IOException broken) {
      System.exit(0);
    }
    System.exit(0);
  }

  private static String value(List<String> arguments, String name) {
    return arguments.stream()
        .filter(argument -> argument.startsWith(name))
        .map(argument -> argument.substring(name.length()))
        .findFirst()
        .orElseThrow();
  }
}
