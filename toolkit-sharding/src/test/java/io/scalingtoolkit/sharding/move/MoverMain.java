// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.scalingtoolkit.sharding.map.SlotPlanner.Transfer;
import io.scalingtoolkit.sharding.map.SlotSet;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;

/**
 * A mover that is a process of its own, for {@link MoverProcess}, to be killed, stopped or cut off
 * where it stands: at its {@link StopPoint} it says so and goes on when it is told to. One line in
 * is one order; each line out begins with {@code mover}.
 */
final class MoverMain implements MoveListener {
  private static final String CONTROL = "control";

  private final BufferedReader input =
      new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
  private final AtomicLong clockNanos = new AtomicLong();
  private final Map<String, HikariDataSource> pools = new LinkedHashMap<>();
  private volatile StopPoint stop = StopPoint.parse(StopPoint.NONE);
  private volatile Move current;
  private volatile String label = "";

  private MoverMain() {}

  /** Takes no arguments; ends with its input. */
  public static void main(String[] arguments) throws IOException {
    MoverMain main = new MoverMain();
    say("ready");
    String line = main.input.readLine();
    while (line != null) {
      main.obey(List.of(line.split(" ", -1)));
      line = main.input.readLine();
    }
    // Threads of pools or drivers are not waited for.
    Runtime.getRuntime().halt(0);
  }

  private static void say(String what) {
    synchronized (System.out) {
      System.out.println("mover " + what);
      System.out.flush();
    }
  }

  private void obey(List<String> words) {
    try {
      if (words.get(0).equals("open")) {
        open(words.subList(1, words.size()));
        say("open");
        return;
      }
      current = null;
      stop = StopPoint.parse(words.get(2));
      Mover mover = mover(words.get(1));
      tellLater(stop.delayMillis());
      List<String> rest = words.subList(3, words.size());
      List<Move> ended =
          switch (words.get(0)) {
            case "run" -> mover.run(rest.stream().map(MoverMain::transfer).toList()).moves();
            case "resume" -> mover.resume().moves();
            case "back" -> List.of(mover.rollBack(rest.get(0)));
            default -> throw new IllegalArgumentException(words.toString());
          };
      say("ended " + String.join(",", ended.stream().map(each -> each.state().name()).toList()));
    } catch (SQLException | RuntimeException e) {
      e.printStackTrace();
      say("failed " + e.getClass().getSimpleName() + ' ' + e.toString().replace('\n', ' '));
    }
  }

  private void open(List<String> databases) {
    pools.values().forEach(HikariDataSource::close);
    pools.clear();
    for (String each : databases) {
      HikariConfig config = new HikariConfig();
      config.setJdbcUrl(each.substring(each.indexOf('=') + 1));
      config.setMaximumPoolSize(4);
      config.setMinimumIdle(0);
      pools.put(each.substring(0, each.indexOf('=')), new HikariDataSource(config));
    }
  }

  /** As text: slots, a slash, the source, a slash, the target. */
  private static Transfer transfer(String text) {
    String[] parts = text.split("/", -1);
    return new Transfer(SlotSet.parse(parts[0]), parts[1], parts[2]);
  }

  /** As text: slots in a group, rows in a chunk, milliseconds of the lease and of the soak. */
  private Mover mover(String options) throws SQLException {
    String[] parts = options.split(",", -1);
    MoveOptions usual = MoveOptions.DEFAULT;
    MoveOptions own =
        new MoveOptions(
            Integer.parseInt(parts[0]),
            Integer.parseInt(parts[1]),
            usual.rowsPerSecond(),
            usual.logBudget(),
            usual.freezePatience(),
            usual.freezeAttempts(),
            Duration.ofMillis(Long.parseLong(parts[2])),
            usual.readLease(),
            Duration.ofMillis(Long.parseLong(parts[3])));
    Mover.Builder builder = Mover.builder(watched(CONTROL), Shop.GUARD).options(own).listener(this);
    for (String name : pools.keySet()) {
      if (!name.equals(CONTROL)) {
        builder.shard(name, watched(name));
      }
    }
    return builder.clock(() -> System.nanoTime() + clockNanos.get()).build();
  }

  private DataSource watched(String name) {
    return new Intercepted.Commits(
        pools.get(name), (verbs, done) -> stopAtCommit(name, verbs, done));
  }

  private void stopAtCommit(String name, String verbs, boolean done) {
    Move move = current;
    if (move != null) {
      String role = name;
      if (name.equals(move.source())) {
        role = "source";
      } else if (name.equals(move.target())) {
        role = "target";
      }
      if (stop.commit(role, verbs, done)) {
        await();
      }
    }
  }

  private static void tellLater(long millis) {
    if (millis < 0) {
      return;
    }
    Thread thread =
        new Thread(
            () -> {
              long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
              while (System.nanoTime() - end < 0) {
                LockSupport.parkNanos(end - System.nanoTime());
              }
              say("at delay");
            });
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void step(Move move, String step) {
    current = move;
    label = step;
    if (stop.step(step)) {
      await();
    }
  }

  @Override
  public void progressed(Move move) {
    current = move;
    if (stop.in(move.state())) {
      await();
    }
  }

  @Override
  public void paused(Move move, Duration pause) {
    long now = System.nanoTime();
    say("paused " + move.slots() + ' ' + (now - pause.toNanos()) + ' ' + now);
  }

  /** Until the next word; the clock may jump meanwhile, and there may be another point to stop. */
  private void await() {
    say("at " + stop);
    try {
      while (true) {
        String line = input.readLine();
        if (line == null) {
          Runtime.getRuntime().halt(0);
        }
        List<String> words = List.of(line.split(" ", -1));
        if (words.get(0).equals("jump")) {
          clockNanos.addAndGet(TimeUnit.MINUTES.toNanos(Long.parseLong(words.get(1))));
        } else {
          stop = StopPoint.parse(words.get(1));
          // The step at which it stands may be the one that the next point counts from.
          boolean unused = stop.step(label);
          return;
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
