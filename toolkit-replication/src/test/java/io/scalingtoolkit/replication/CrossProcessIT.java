// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.testkit.check.Faults;
import io.scalingtoolkit.testkit.postgres.PostgresCluster;
import io.scalingtoolkit.testkit.postgres.PostgresExtension;
import io.scalingtoolkit.testkit.postgres.PostgresNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sessions whose operations are in a different process each time, which know of each other by what
 * the bookmark carries. System property: {@code cross.reads}, 200000 for a figure.
 */
class CrossProcessIT {
  private static final Logger LOG = LoggerFactory.getLogger(CrossProcessIT.class);
  private static final int READS = Integer.getInteger("cross.reads", 2_000);
  private static final int CONTROL_READS = 2_000;
  private static final int READS_AFTER_A_WRITE = 4;
  private static final int PROCESSES = 3;
  private static final int THREADS = 4;
  private static final int SESSIONS_OF_A_THREAD = 8;

  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.of(PostgresCluster.builder().replicas(2));

  private final List<Process> processes = new ArrayList<>();
  private final List<Integer> ports = new ArrayList<>();
  private final LongAdder reads = new LongAdder();
  private final LongAdder stale = new LongAdder();
  private final LongAdder onReplicas = new LongAdder();

  @BeforeAll
  static void create() throws Exception {
    try (Connection connection = POSTGRES.cluster().primary().dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("create table entry (id int primary key, version bigint not null)");
      statement.execute("insert into entry select generate_series(0, 99), 0");
    }
    POSTGRES.cluster().awaitCaughtUp();
  }

  @AfterEach
  void stop() throws InterruptedException {
    for (Process process : processes) {
      process.destroy();
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }
  }

  private void start(String consistency) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx128m", "-cp", classPath(), SessionProcess.class.getName()));
    command.add(consistency);
    command.add(POSTGRES.cluster().primary().jdbcUrl());
    POSTGRES.cluster().replicas().stream().map(PostgresNode::jdbcUrl).forEach(command::add);
    for (int i = 0; i < PROCESSES; i++) {
      processes.add(
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
    }
    for (Process process : processes) {
      String line = process.inputReader(StandardCharsets.US_ASCII).readLine();
      assertThat(line).startsWith(SessionProcess.PORT);
      ports.add(Integer.parseInt(line.substring(SessionProcess.PORT.length())));
    }
  }

  private static String classPath() {
    // Some runners load the tests through a loader of their own.
    return CrossProcessIT.class.getClassLoader() instanceof URLClassLoader loader
        ? Arrays.stream(loader.getURLs()).map(URL::getPath).collect(Collectors.joining(":"))
        : System.getProperty("java.class.path");
  }

  /** A connection to one of the processes. */
  private static final class Line implements AutoCloseable {
    private final Socket socket;
    private final BufferedReader in;
    private final PrintWriter out;

    Line(int port) throws IOException {
      socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setTcpNoDelay(true);
      in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
      out = new PrintWriter(socket.getOutputStream(), true, StandardCharsets.US_ASCII);
    }

    String[] ask(String kind, int session, long version, String bookmark) throws IOException {
      out.println(kind + " " + session + " " + version + " " + bookmark);
      String line = in.readLine();
      if (line == null) {
        throw new IOException("the process gave no answer");
      }
      return line.split(" ", -1);
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private void run(int count, boolean bookmarks) throws Exception {
    Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    List<Thread> threads = new ArrayList<>();
    Faults faults =
        Faults.on(POSTGRES.cluster())
            .only(Faults.Kind.PAUSE)
            .longest(Duration.ofMillis(100))
            .gap(Duration.ofMillis(100))
            .start();
    try (faults) {
      for (int i = 0; i < THREADS; i++) {
        int first = i * SESSIONS_OF_A_THREAD;
        Thread thread =
            new Thread(() -> sessions(first, count, bookmarks, failures), "sessions-" + i);
        threads.add(thread);
        thread.start();
      }
      for (Thread thread : threads) {
        thread.join();
      }
    }
    LOG.warn(
        "bookmarks {}: {} stale of {} reads in another process than the write, {} on replicas",
        bookmarks,
        stale,
        reads,
        onReplicas);
    assertThat(failures).isEmpty();
    assertThat(reads.sum()).isGreaterThanOrEqualTo(count);
  }

  private void sessions(int first, int count, boolean bookmarks, Queue<Throwable> failures) {
    List<Line> lines = new ArrayList<>();
    try {
      for (int port : ports) {
        lines.add(new Line(port));
      }
      int rounds = count / THREADS / READS_AFTER_A_WRITE + 1;
      String[] carried = new String[SESSIONS_OF_A_THREAD];
      Arrays.fill(carried, "-");
      // Another test has left versions; those of this one are higher.
      long base = System.nanoTime();
      for (int round = 0; round < rounds; round++) {
        int own = round % SESSIONS_OF_A_THREAD;
        carried[own] = round(lines, round, first + own, base + round, carried[own], bookmarks);
      }
      for (Line line : lines) {
        line.close();
      }
    } catch (IOException | RuntimeException e) {
      failures.add(e);
    }
  }

  private String round(
      List<Line> lines, int at, int session, long version, String bookmark, boolean bookmarks)
      throws IOException {
    String carried = lines.get(at % PROCESSES).ask("W", session, version, bookmark)[2];
    for (int i = 1; i <= READS_AFTER_A_WRITE; i++) {
      // Never the process of the write.
      int process = (at + 1 + i % (PROCESSES - 1)) % PROCESSES;
      String[] answer = lines.get(process).ask("R", session, 0, bookmarks ? carried : "-");
      reads.increment();
      if (Long.parseLong(answer[0]) < version) {
        stale.increment();
      }
      if (answer[1].startsWith("r")) {
        onReplicas.increment();
      }
      carried = bookmarks ? answer[2] : "-";
    }
    return carried;
  }

  @Test
  void read_inAnotherProcessWithTheBookmark_seesTheWrite() throws Exception {
    start("session");
    run(READS, true);

    assertThat(stale.sum()).isZero();
    assertThat(onReplicas.sum()).isPositive();
  }

  @Test
  void read_inAnotherProcessWithoutABookmark_missesWrites() throws Exception {
    start("session");
    run(CONTROL_READS, false);

    assertThat(stale.sum()).isPositive();
  }
}
