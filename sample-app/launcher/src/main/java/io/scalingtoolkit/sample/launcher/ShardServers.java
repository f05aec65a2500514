// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** The database servers of all shards. Thread-safe. */
final class ShardServers implements Engines {

  private static final String PREFIX = "APP_DATABASE_";

  private final Starter starter;
  private final Map<String, Engines> servers = new LinkedHashMap<>();

  private ShardServers(Starter starter) {
    this.starter = starter;
  }

  /** Starts the servers of one shard. */
  interface Starter {

    /**
     * Starts them on what an earlier start has left.
     *
     * @throws UserError when they do not start
     */
    Engines start(String name);
  }

  /**
   * Starts the servers of several shards, as many at a time as there are processors.
   *
   * @param names in the order in which the application is told of them
   * @throws UserError when one does not start; the others are closed then
   */
  static ShardServers start(List<String> names, Starter starter) {
    ShardServers shards = new ShardServers(starter);
    int width = Math.min(names.size(), Runtime.getRuntime().availableProcessors());
    ExecutorService threads = Executors.newFixedThreadPool(width);
    try {
      Map<String, CompletableFuture<Engines>> starts = new LinkedHashMap<>();
      for (String name : names) {
        starts.put(name, CompletableFuture.supplyAsync(() -> starter.start(name), threads));
      }
      shards.collect(starts);
      return shards;
    } finally {
      threads.shutdown();
    }
  }

  private synchronized void collect(Map<String, CompletableFuture<Engines>> starts) {
    RuntimeException failure = null;
    for (Map.Entry<String, CompletableFuture<Engines>> start : starts.entrySet()) {
      try {
        servers.put(start.getKey(), start.getValue().join());
      } catch (CompletionException e) {
        RuntimeException cause = ofShard(start.getKey(), e.getCause() == null ? e : e.getCause());
        if (failure == null) {
          failure = cause;
        } else {
          failure.addSuppressed(cause);
        }
      }
    }
    if (failure != null) {
      close();
      throw failure;
    }
  }

  private static RuntimeException ofShard(String name, Throwable cause) {
    return cause instanceof UserError
        ? new UserError("shard " + name + ": " + cause.getMessage(), cause)
        : new IllegalStateException("shard " + name + " does not start", cause);
  }

  /**
   * Starts the servers of one more shard, of which {@link #environment} then tells.
   *
   * @throws UserError when they do not start
   */
  void add(String name) {
    Engines started;
    try {
      started = starter.start(name);
    } catch (UserError e) {
      throw ofShard(name, e);
    }
    synchronized (this) {
      servers.put(name, started);
    }
  }

  /** Whether servers run for a shard of that name. */
  synchronized boolean has(String name) {
    return servers.containsKey(name);
  }

  /** What one shard tells for itself, told with its number in place of the whole database. */
  @Override
  public synchronized Map<String, String> environment() {
    Map<String, String> variables = new LinkedHashMap<>();
    int index = 0;
    for (Map.Entry<String, Engines> shard : servers.entrySet()) {
      String prefix = PREFIX + "SHARDS_" + index++ + "_";
      variables.put(prefix + "NAME", shard.getKey());
      shard
          .getValue()
          .environment()
          .forEach(
              (name, value) ->
                  variables.put(
                      name.endsWith("_URL") ? prefix + name.substring(PREFIX.length()) : name,
                      value));
    }
    return variables;
  }

  @Override
  public synchronized List<String> report() {
    List<String> lines = new ArrayList<>();
    servers.forEach(
        (name, engines) -> {
          lines.add("shard   " + name);
          engines.report().forEach(line -> lines.add("  " + line));
        });
    return lines;
  }

  @Override
  public void close() {
    List<Engines> running;
    synchronized (this) {
      running = List.copyOf(servers.values());
    }
    running.parallelStream().forEach(Engines::close);
  }
}
