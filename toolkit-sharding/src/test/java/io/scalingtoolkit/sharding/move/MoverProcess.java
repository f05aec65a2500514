// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import com.zaxxer.hikari.HikariDataSource;
import io.scalingtoolkit.sharding.map.SlotPlanner.Transfer;
import io.scalingtoolkit.sharding.map.SlotSet;
import io.scalingtoolkit.testkit.process.JvmProcess;
import io.scalingtoolkit.testkit.process.Workspace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A {@link MoverMain} as its parent sees it. Confined to one thread. */
final class MoverProcess implements AutoCloseable {
  /** Starts fast and takes little, as there are many of them. */
  static final List<String> JVM_OPTIONS =
      List.of("-Xmx64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto");

  private static final Duration LIMIT = Duration.ofMinutes(2);

  private final JvmProcess process;
  private final List<Pause> pauses = new ArrayList<>();

  /** Writers of some slots were kept out; nanoseconds of a clock that all processes share. */
  record Pause(SlotSet slots, long startNanos, long endNanos) {
    double millis() {
      return (endNanos - startNanos) / 1e6;
    }
  }

  /** How a call of a mover ended: with moves, or a failure. */
  record End(List<MoveState> states, String failure) {
    boolean failed() {
      return !failure.isEmpty();
    }

    boolean isFenced() {
      return failure.startsWith("FencedException ");
    }
  }

  private MoverProcess(JvmProcess process) {
    this.process = process;
  }

  /** Starts one without waiting for it. */
  static MoverProcess start(Workspace workspace, String name) {
    return new MoverProcess(
        JvmProcess.start(workspace, name, MoverMain.class, JVM_OPTIONS, List.of()));
  }

  /** The databases of a setup, by the names under which processes open them. */
  static List<String> addresses(MoveSetup setup, Engine engine) {
    List<String> all = new ArrayList<>(List.of("control=" + engine.url(setup.control)));
    for (Map.Entry<String, HikariDataSource> each : setup.databases.entrySet()) {
      all.add(each.getKey() + '=' + engine.url(each.getValue()));
    }
    return all;
  }

  /** Opens databases in place of those that were open. */
  MoverProcess open(List<String> addresses) {
    sendOpen(addresses);
    return awaitOpen();
  }

  /** Does not wait, as it may not be ready. */
  void sendOpen(List<String> addresses) {
    process.send("open " + String.join(" ", addresses));
  }

  MoverProcess awaitOpen() {
    process.await("mover open", LIMIT);
    return this;
  }

  private static String text(MoveOptions options) {
    return String.join(
        ",",
        String.valueOf(options.groupSize()),
        String.valueOf(options.chunkRows()),
        String.valueOf(options.lease().toMillis()),
        String.valueOf(options.soak().toMillis()));
  }

  void run(MoveOptions options, String stop, List<Transfer> transfers) {
    String all =
        transfers.stream()
            .map(each -> each.slots() + "/" + each.from() + '/' + each.to())
            .collect(Collectors.joining(" "));
    process.send("run " + text(options) + ' ' + stop + ' ' + all);
  }

  void resume(MoveOptions options, String stop) {
    process.send("resume " + text(options) + ' ' + stop);
  }

  void rollBack(MoveOptions options, String stop, String id) {
    process.send("back " + text(options) + ' ' + stop + ' ' + id);
  }

  /** Whether it stands where it was to stop; false if the call has ended without. */
  boolean awaitStop() {
    String said = next();
    if (!said.startsWith("at ")) {
      ended = end(said);
      return false;
    }
    return true;
  }

  private End ended;

  /** The end of the call. */
  End awaitEnd() {
    String said = ended == null ? next() : "";
    while (said.startsWith("at ")) {
      said = next();
    }
    End end = ended == null ? end(said) : ended;
    ended = null;
    return end;
  }

  private String next() {
    while (true) {
      String said = process.await("mover", LIMIT);
      if (!said.startsWith("paused ")) {
        return said;
      }
      String[] words = said.split(" ", -1);
      pauses.add(
          new Pause(SlotSet.parse(words[1]), Long.parseLong(words[2]), Long.parseLong(words[3])));
    }
  }

  private static End end(String said) {
    String rest = said.substring(said.indexOf(' ') + 1);
    if (said.startsWith("failed ")) {
      return new End(List.of(), rest);
    }
    List<MoveState> states = new ArrayList<>();
    if (said.startsWith("ended ")) {
      for (String each : rest.split(",", -1)) {
        states.add(MoveState.valueOf(each));
      }
    }
    return new End(states, "");
  }

  /** Lets it go on, to where it is to stop next. */
  void goOn(String stop) {
    process.send("go " + stop);
  }

  /** Lets its clock jump while it stands. */
  void jump(Duration jump) {
    process.send("jump " + jump.toMinutes());
  }

  List<Pause> pauses() {
    return pauses;
  }

  void freeze() {
    process.freeze();
  }

  void thaw() {
    process.thaw();
  }

  void kill() {
    process.kill();
  }

  @Override
  public void close() {
    process.kill();
  }
}
