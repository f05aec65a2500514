// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.cache;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A process that keeps what it has read until it is told itself, or, without memory, nothing. */
final class PlainNode implements VersionedCache {
  private final VersionSource source;
  private final boolean remembers;
  private final Map<Integer, Long> memory = new ConcurrentHashMap<>();

  private PlainNode(VersionSource source, boolean remembers) {
    this.source = source;
    this.remembers = remembers;
  }

  // snippet:node
  /** The main class of a process whose cache is checked. */
  public static void main(String[] arguments) throws Exception {
    CacheNode.run(
        arguments, (source, settings) -> new PlainNode(source, settings.contains("remember")));
  }

  // end

  @Override
  public long get(int key) {
    return remembers ? memory.computeIfAbsent(key, source::load) : source.load(key);
  }

  @Override
  public void invalidate(int key) {
    memory.remove(key);
  }

  @Override
  public void close() {
    memory.clear();
  }
}
