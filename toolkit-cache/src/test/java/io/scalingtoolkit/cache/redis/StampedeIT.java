// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.testkit.process.JvmProcess;
import io.scalingtoolkit.testkit.process.Workspace;
import io.scalingtoolkit.testkit.redis.RedisServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Eight processes of 64 threads each ask for a key that nobody has: one of all of them loads it.
 * {@code -Dstampede.rounds} says how often; times are told and only coarsely asserted, since the
 * machine may be busy.
 */
final class StampedeIT {
  private static final Logger LOG = LoggerFactory.getLogger(StampedeIT.class);
  private static final int ROUNDS = Integer.getInteger("stampede.rounds", 3);
  private static final int PROCESSES = 8;
  private static final int THREADS = 64;
  private static final long LOAD_MILLIS = 500;
  private static final Duration LIMIT = Duration.ofMinutes(1);
  private static final int MOST_HOLDERS = 10;
  private static final long PATIENCE_MILLIS = 5_000;

  private final RedisServer redis = RedisServer.start();
  private final Workspace workspace = Workspace.open("stampede");
  private final List<JvmProcess> processes = new ArrayList<>();

  /** What was seen in a round: when loads ended, and when threads had the value. */
  private record Round(List<Long> loads, List<Long> answers) {
    static Round parse(List<String> texts) {
      List<Long> loads = new ArrayList<>();
      List<Long> answers = new ArrayList<>();
      for (String text : texts) {
        String[] halves = text.split("\\|", -1);
        loads.addAll(numbers(halves[0]));
        answers.addAll(numbers(halves[1]));
      }
      return new Round(loads, answers);
    }

    private static List<Long> numbers(String text) {
      return Arrays.stream(text.strip().split(" "))
          .filter(word -> !word.isEmpty())
          .map(Long::valueOf)
          .toList();
    }
  }

  @AfterEach
  void close() {
    processes.forEach(JvmProcess::kill);
    workspace.close();
    redis.close();
  }

  private void start(int count, int threads, Duration lease) {
    for (int i = 0; i < count; i++) {
      processes.add(
          JvmProcess.start(
              workspace,
              "node" + i,
              StampedeNode.class,
              List.of("-Xmx96m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
              List.of(redis.uri(), Long.toString(lease.toMillis()), Integer.toString(threads))));
    }
    processes.forEach(process -> process.await("ready", LIMIT));
  }

  private Round round(List<JvmProcess> who, String key, long loadMillis) {
    who.forEach(process -> process.send("round " + key + " " + loadMillis));
    return end(who);
  }

  private static Round end(List<JvmProcess> who) {
    return Round.parse(who.stream().map(process -> process.await("round", LIMIT)).toList());
  }

  private static double millis(List<Long> sorted, int percent) {
    return sorted.get((sorted.size() * percent + 99) / 100 - 1) / 1e6;
  }

  @Test
  void load_askedForByAllThreadsOfAllProcesses_isOne() {
    Duration lease = Duration.ofSeconds(1);
    start(PROCESSES, THREADS, lease);
    round(processes, "warm", 50);
    List<Long> waits = new ArrayList<>();
    for (int i = 0; i < ROUNDS; i++) {
      Round round = round(processes, "key" + i, LOAD_MILLIS);

      assertThat(round.loads()).as("loads of round %d", i).hasSize(1);
      assertThat(round.answers()).hasSize(PROCESSES * THREADS);
      round.answers().forEach(answer -> waits.add(answer - round.loads().get(0)));
    }
    List<Long> sorted = waits.stream().sorted().toList();
    LOG.info(
        "{} rounds: back after the fill p50 {} ms, p99 {} ms, max {} ms",
        ROUNDS,
        millis(sorted, 50),
        millis(sorted, 99),
        millis(sorted, 100));
    assertThat(millis(sorted, 100)).isLessThan(PATIENCE_MILLIS);

    Round slow = round(processes, "slow", 5 * lease.toMillis());

    assertThat(slow.loads()).as("loads that outlive their lease").hasSize(1);
  }

  @Test
  void load_whoseProcessIsKilled_isTakenOverWhenItsLeaseIsOver() {
    Duration lease = Duration.ofMillis(1_500);
    long shortMillis = 20;
    int holders = Math.min(ROUNDS - 1, MOST_HOLDERS);
    start(holders + 2, 8, lease);
    List<JvmProcess> others = processes.subList(holders, holders + 2);
    round(processes, "warm", shortMillis);
    List<Long> taken = new ArrayList<>();
    for (JvmProcess holder : processes.subList(0, holders)) {
      String key = "orphan" + taken.size();
      holder.send("round " + key + " 60000");
      holder.await("loading", LIMIT);
      others.forEach(process -> process.send("round " + key + " " + shortMillis));
      SharedHistory.pass(lease); // the others wait, and the lease is renewed

      holder.kill();
      long killed = System.nanoTime();
      Round round = end(others);

      assertThat(round.loads()).as("loads of %s", key).hasSize(1);
      long loaded = round.loads().get(0) - Duration.ofMillis(shortMillis).toNanos();
      assertThat(loaded).as("nobody loads while %s is held", key).isGreaterThan(killed);
      taken.add(loaded - killed);
    }
    List<Long> sorted = taken.stream().sorted().toList();
    LOG.info(
        "taken over after the kill, lease {} ms: median {} ms, max {} ms of {}",
        lease.toMillis(),
        millis(sorted, 50),
        millis(sorted, 100),
        holders);
    assertThat(millis(sorted, 100)).isLessThan(lease.toMillis() + PATIENCE_MILLIS);
  }
}
