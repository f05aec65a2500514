// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import static org.awaitility.Awaitility.await;

import io.lettuce.core.RedisClient;
import io.scalingtoolkit.cache.KeyCodec;
import io.scalingtoolkit.cache.TieredCache;
import io.scalingtoolkit.cache.ValueCodec;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;

/**
 * A process whose threads all ask for the same key at once, for {@link StampedeIT}. For each line
 * {@code round KEY MILLIS} it says when its loader began, {@code loading NANOS}, and at the end
 * {@code round}, the times at which its loads ended, a bar, and those at which its threads had the
 * value.
 */
final class StampedeNode {
  private StampedeNode() {}

  /** The arguments are the address, the lease in milliseconds and the number of threads. */
  public static void main(String[] arguments) throws Exception {
    BufferedReader input =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    int count = Integer.parseInt(arguments[2]);
    RedisClient client = RedisClient.create(arguments[0]);
    ExecutorService threads =
        Executors.newFixedThreadPool(
            count,
            task -> {
              Thread thread = new Thread(task, "stampede");
              thread.setDaemon(true);
              return thread;
            });
    try (RedisTier tier =
            RedisTier.builder(client)
                .lease(Duration.ofMillis(Long.parseLong(arguments[1])))
                // 512 threads start at once on what cores there are, and whoever thinks that Redis
                // is away loads by itself.
                .timeout(Duration.ofSeconds(10))
                .build();
        TieredCache<String, String> cache =
            TieredCache.<String, String>builder("stampede")
                .shared(tier, KeyCodec.strings(), ValueCodec.utf8())
                .build()) {
      await().atMost(Duration.ofMinutes(1)).until(tier::isConnected);
      System.out.println("ready");
      String line = input.readLine();
      while (line != null) {
        String[] words = line.split(" ", -1);
        System.out.println(round(cache, threads, count, words[1], Long.parseLong(words[2])));
        line = input.readLine();
      }
    }
    client.shutdown();
  }

  private static String round(
      TieredCache<String, String> cache,
      ExecutorService threads,
      int count,
      String key,
      long loadMillis)
      throws Exception {
    List<Long> loads = new ArrayList<>();
    List<Future<Long>> answers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      answers.add(
          threads.submit(
              () -> {
                cache.get(
                    key,
                    same -> {
                      System.out.println("loading " + System.nanoTime());
                      pass(loadMillis);
                      synchronized (loads) {
                        loads.add(System.nanoTime());
                      }
                      return "value";
                    });
                return System.nanoTime();
              }));
    }
    StringBuilder text = new StringBuilder();
    for (Future<Long> answer : answers) {
      text.append(' ').append(answer.get());
    }
    synchronized (loads) {
      StringBuilder all = new StringBuilder("round");
      loads.forEach(end -> all.append(' ').append(end));
      return all.append(" |").append(text).toString();
    }
  }

  private static void pass(long millis) {
    long end = System.nanoTime() + millis * 1_000_000;
    while (System.nanoTime() - end < 0) {
      LockSupport.parkNanos(end - System.nanoTime());
    }
  }
}
