// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The application as the process that moves data between shards. What it says is read as it comes,
 * whoever follows it; a follower that is slow misses what is outdated. Thread-safe.
 */
final class MoverProcess {

  private static final String SHARDS =
      "; what has moved stays moved, go on with ./run shards resume";
  private static final String FILE = "; nothing is lost, go on with ./run move resume";

  private final Process process;
  private final DataFolder folder;
  private final Work work;
  private final Thread reader;

  private long heard;
  private String latest = "";
  private @Nullable Reply outcome;

  private MoverProcess(Process process, DataFolder folder, Work work) {
    this.process = process;
    this.folder = folder;
    this.work = work;
    this.reader = new Thread(this::listen, "mover-reader");
    reader.setDaemon(true);
  }

  /** Which moves it makes. */
  enum Work {
    /** Those that give every shard its share; none where all have theirs. */
    ADD("--add-shards", SHARDS),
    /** Those that another mover has begun and not finished. */
    RESUME("--resume-moves", SHARDS),
    /** From the SQLite file to a server, or what is left of that. */
    TO_SERVER("--move-to-server", FILE),
    /** Back to the file, while that move soaks. */
    BACK("--move-back", FILE);

    private final String argument;
    private final String goOn;

    Work(String argument, String goOn) {
      this.argument = argument;
      this.goOn = goOn;
    }
  }

  /**
   * Starts it.
   *
   * @param setup as for an instance, with a folder and a port of its own
   * @throws UserError when no process can be started
   */
  static MoverProcess start(Program program, AppProcess.Setup setup, Work work) {
    setup.data().prepare();
    List<String> command = new ArrayList<>(AppProcess.command(program, setup));
    command.add(work.argument);
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(setup.data().console().toFile());
    builder.environment().putAll(setup.environment());
    try {
      MoverProcess mover = new MoverProcess(builder.start(), setup.data(), work);
      mover.reader.start();
      return mover;
    } catch (IOException e) {
      throw new UserError("cannot start the mover: " + UserError.reason(e), e);
    }
  }

  /**
   * Waits for its end and tells what it says meanwhile, beginning with what it said last.
   *
   * @return how it ended
   */
  Reply follow(Consumer<Reply> replies) throws InterruptedException {
    long told = 0;
    while (true) {
      String line;
      synchronized (this) {
        while (told == heard && outcome == null) {
          wait();
        }
        if (told == heard && outcome != null) {
          return outcome;
        }
        told = heard;
        line = latest;
      }
      replies.accept(Reply.move(line));
    }
  }

  /** Ends it; its moves can be resumed. */
  void close() throws InterruptedException {
    Shutdown.of(process.toHandle(), Shutdown.GRACE);
  }

  private void listen() {
    Reply last = null;
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
        PrintStream other =
            new PrintStream(folder.path().resolve("logs/output.log").toFile(), "UTF-8")) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        Map<String, @Nullable Object> said = Json.object(line);
        if (said.isEmpty()) {
          other.println(line);
        } else {
          last = hear(line, said);
        }
      }
    } catch (IOException e) {
      last = Reply.failed("lost what the mover says: " + UserError.reason(e) + work.goOn);
    }
    settle(last);
  }

  /** Returns what this line says about the outcome, null when it says nothing. */
  private @Nullable Reply hear(String line, Map<String, @Nullable Object> said) {
    if (said.get("failed") instanceof String reason) {
      return Reply.failed("the mover gave up: " + reason + work.goOn);
    }
    synchronized (this) {
      heard++;
      latest = line;
      notifyAll();
    }
    return Boolean.TRUE.equals(said.get("done")) ? Reply.done(MoveProgress.summary(said)) : null;
  }

  private void settle(@Nullable Reply last) {
    Reply settled = last;
    try {
      int exitCode = process.waitFor();
      if (settled == null) {
        settled =
            Reply.failed(
                "the mover ended with exit code "
                    + exitCode
                    + " before it was done"
                    + work.goOn
                    + " (log: "
                    + folder.log()
                    + ")");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      settled = Reply.failed("the mover was left alone" + work.goOn);
    }
    synchronized (this) {
      outcome = settled;
      notifyAll();
    }
  }
}
