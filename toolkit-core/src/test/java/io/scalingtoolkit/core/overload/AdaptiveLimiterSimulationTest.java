// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.overload;

import static io.scalingtoolkit.core.overload.ServerSimulation.DEADLINE;
import static io.scalingtoolkit.core.overload.ServerSimulation.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What one default configuration promises for servers of different size and load, on a virtual
 * clock. The whole grid, beside the peers, is {@code ./bench overload}.
 */
final class AdaptiveLimiterSimulationTest {
  private static final int SEEDS = 3;

  @ParameterizedTest(name = "{0} workers at {1} times their capacity")
  @CsvSource({"4, 0.8", "4, 1.2", "4, 5", "16, 0.8", "16, 1.2", "16, 5", "64, 1.2"})
  void goodput_atAnyLoad_isAtLeastNineteenTwentieths(int workers, double load) {
    for (int seed = 1; seed <= SEEDS; seed++) {
      ServerSimulation server = new ServerSimulation(seed, workers).load(load, workers);
      server.run(10 * SECOND);
      server.run(30 * SECOND);

      String as = "seed " + seed + ", " + server;
      List<ServerSimulation.Request> sent = server.sent(10 * SECOND, 40 * SECOND);
      assertThat(server.goodput(10 * SECOND, 40 * SECOND, workers)).as(as).isGreaterThan(0.94);
      assertThat(ServerSimulation.p99(sent)).as(as).isLessThan(DEADLINE * 5 / 4);
      if (load < 1) {
        assertThat(ServerSimulation.rejected(sent)).as(as).isLessThanOrEqualTo(0.01);
      }
    }
  }

  @ParameterizedTest(name = "from 16 to {0} workers")
  @ValueSource(ints = {8, 32})
  void goodput_fiveSecondsAfterCapacityHasChanged_isBack(int after) {
    for (int seed = 1; seed <= SEEDS; seed++) {
      ServerSimulation server = new ServerSimulation(seed, 16).load(5, 16);
      server.run(20 * SECOND).workers(after).run(25 * SECOND);

      assertThat(server.goodput(25 * SECOND, 45 * SECOND, after))
          .as("seed %d, %s", seed, server)
          .isGreaterThan(0.95);
    }
  }

  @Test
  void base_afterALongOverload_isStillThatWithoutAQueue() {
    ServerSimulation server = new ServerSimulation(1, 16).load(5, 16);
    server.run(300 * SECOND);

    assertThat(server.limiter().snapshot().baseLatency().toMillis()).isBetween(12L, 35L);
  }

  @Test
  void base_whenTheServerHasBecomeSlower_follows() {
    ServerSimulation server = new ServerSimulation(1, 16).load(5, 16);
    server.run(20 * SECOND).slowdown(3).run(60 * SECOND);

    assertThat(server.limiter().snapshot().baseLatency().toMillis()).isBetween(40L, 105L);
  }

  @Test
  void limit_underLittleLoad_doesNotGrow() {
    ServerSimulation server = new ServerSimulation(1, 64).load(0.05, 64);
    server.run(120 * SECOND);

    // Three or four are in flight and a few times a dozen; nothing has shown that hundreds would
    // do.
    assertThat(server.limiter().snapshot().limit()).isLessThanOrEqualTo(50);
  }

  @ParameterizedTest(name = "{0} workers")
  @ValueSource(ints = {4, 16, 64})
  void critical_oneInTenAtFiveTimesCapacity_isAnswered(int workers) {
    ServerSimulation server = new ServerSimulation(2, workers).load(5, workers);
    server.arrivals(
        () ->
            List.of(
                server.request(
                    server.random.nextInt(10) == 0 ? Priority.CRITICAL : Priority.DEFAULT, null)));
    server.run(40 * SECOND);

    List<ServerSimulation.Request> critical =
        server.sent(10 * SECOND, 40 * SECOND).stream()
            .filter(request -> request.priority == Priority.CRITICAL)
            .toList();
    assertThat(ServerSimulation.good(critical)).as("%s", server).isGreaterThan(0.985);
    assertThat(server.goodput(10 * SECOND, 40 * SECOND, workers)).isGreaterThan(0.9);
  }

  @Test
  void levels_atFiveTimesCapacity_areRefusedFromTheLowest() {
    ServerSimulation server = new ServerSimulation(1, 16).load(5, 16);
    server.arrivals(
        () -> {
          int draw = server.random.nextInt(20);
          Priority priority = draw == 0 ? Priority.CRITICAL : Priority.values()[1 + draw % 3];
          return List.of(server.request(priority, null));
        });
    server.run(30 * SECOND);

    double[] good = new double[4];
    for (Priority priority : Priority.values()) {
      good[priority.ordinal()] =
          ServerSimulation.good(
              server.sent(10 * SECOND, 30 * SECOND).stream()
                  .filter(request -> request.priority == priority)
                  .toList());
    }
    assertThat(good[1]).isGreaterThan(2 * good[2]);
    assertThat(good[2]).isGreaterThanOrEqualTo(good[3]);
    assertThat(good[3]).isLessThan(0.05);
  }

  @Test
  void levels_ofTheSameUsersAtFiveTimesCapacity_areRefusedFromTheLowest() {
    ServerSimulation server = new ServerSimulation(1, 16).load(5, 16);
    server.arrivals(
        () -> {
          Priority priority = Priority.values()[1 + server.random.nextInt(3)];
          return List.of(server.request(priority, "user-" + server.random.nextInt(300)));
        });
    server.run(40 * SECOND);

    double[] good = new double[4];
    for (Priority priority : List.of(Priority.DEFAULT, Priority.LOW, Priority.SHEDDABLE)) {
      good[priority.ordinal()] =
          ServerSimulation.good(
              server.sent(10 * SECOND, 40 * SECOND).stream()
                  .filter(request -> request.priority == priority)
                  .toList());
    }
    // Six tenths of DEFAULT fit. Who is let in for one level is not let in for those below it.
    assertThat(good[1]).isGreaterThan(0.45);
    assertThat(good[2]).isLessThan(0.1);
    assertThat(good[3]).isLessThan(0.03);
  }

  @ParameterizedTest(name = "{0} workers")
  @ValueSource(ints = {4, 16, 64})
  void callsOfOneUser_atFiveTimesCapacity_meetTheSameFate(int workers) {
    // A fifth of the load fits. Calls that are refused one by one make hardly any whole of five.
    assertThat(whole(workers, true)).isGreaterThan(0.86 * 0.2);
    assertThat(whole(workers, false)).isLessThan(0.05);
  }

  /**
   * Those who may go on must not keep the queue full in a probe, or the base is that of a queue.
   */
  @Test
  void base_whileUsersAreLetInAboveTheLimit_isStillThatWithoutAQueue() {
    for (int seed = 1; seed <= 5; seed++) {
      ServerSimulation server = users(seed, 1.2, 16, 1_000);

      assertThat(server.goodput(10 * SECOND, 60 * SECOND, 16)).as("%s", server).isGreaterThan(0.94);
      assertThat(server.limiter().snapshot().baseLatency().toMillis()).isBetween(12L, 40L);
    }
  }

  /** A verdict on a user with many calls is one on much of the load. */
  @ParameterizedTest(name = "{0} workers, {1} users")
  @CsvSource({"4, 10", "16, 10", "4, 100", "16, 100"})
  void goodput_ofFewUsersAtFiveTimesCapacity_staysHigh(int workers, int users) {
    for (int seed = 1; seed <= SEEDS; seed++) {
      ServerSimulation server = users(seed, 5, workers, users);

      assertThat(server.goodput(10 * SECOND, 60 * SECOND, workers))
          .as("seed %d, %s", seed, server)
          .isGreaterThan(workers == 4 ? 0.84 : 0.93);
    }
  }

  private static ServerSimulation users(long seed, double load, int workers, int users) {
    ServerSimulation server = new ServerSimulation(seed, workers).load(load, workers);
    server.arrivals(
        () -> List.of(server.request(Priority.DEFAULT, "user-" + server.random.nextInt(users))));
    return server.run(60 * SECOND);
  }

  private static double whole(int workers, boolean keyed) {
    ServerSimulation server = new ServerSimulation(1, workers).load(1, workers);
    List<List<ServerSimulation.Request>> wholes = new ArrayList<>();
    server.arrivals(
        () -> {
          String user = keyed ? "user-" + server.random.nextInt(100_000) : null;
          List<ServerSimulation.Request> calls = new ArrayList<>();
          calls.add(server.request(Priority.DEFAULT, user));
          for (int i = 1; i < 5; i++) {
            server.later(
                i * 20 * ServerSimulation.MILLI,
                () -> {
                  calls.add(server.request(Priority.DEFAULT, user));
                  return calls.get(calls.size() - 1);
                });
          }
          wholes.add(calls);
          return List.of(calls.get(0));
        });
    server.run(10 * SECOND);
    wholes.clear();
    server.run(40 * SECOND);
    return (double)
            wholes.stream()
                .filter(calls -> calls.size() == 5 && calls.stream().allMatch(call -> call.good))
                .count()
        / wholes.size();
  }
}
