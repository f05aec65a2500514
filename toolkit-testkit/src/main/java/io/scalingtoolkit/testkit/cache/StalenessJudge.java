// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.cache;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Judges what the threads of all nodes did, by the files that they have written. Confined.
 *
 * <p>All times are of one clock, so an operation came before another one if it had returned before
 * the other was invoked. Operations that overlap are not ordered, and then either version is right.
 */
final class StalenessJudge {
  private static final int MOST_EXAMPLES = 5;

  private final long boundNanos;
  private final List<Invalidations> keys;
  private final List<String> examples = new ArrayList<>();
  private long reads;
  private long failures;
  private long invalidations;
  private long stale;
  private long tooOld;
  private long olderThanOwn;
  private long wentBack;

  private StalenessJudge(int keys, Duration bound) {
    this.boundNanos = bound.toNanos();
    this.keys = IntStream.range(0, keys).mapToObj(key -> new Invalidations()).toList();
  }

  /**
   * Judges a run.
   *
   * @param logs directory of files whose names begin with the number of a node and a hyphen
   * @param hits for the report
   * @param loads for the report
   */
  static StalenessReport judge(Path logs, int keys, Duration bound, long hits, long loads) {
    StalenessJudge judge = new StalenessJudge(keys, bound);
    try (Stream<Path> list = Files.list(logs)) {
      List<Path> files = list.sorted().toList();
      for (Path file : files) {
        judge.learn(file);
      }
      judge.keys.forEach(Invalidations::complete);
      for (Path file : files) {
        judge.examine(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the operations in " + logs, e);
    }
    return judge.report(hits, loads);
  }

  private static int node(Path file) {
    String name = file.getFileName().toString();
    return Integer.parseInt(name.substring(0, name.indexOf('-')));
  }

  private void learn(Path file) throws IOException {
    int node = node(file);
    OperationFile.scan(
        file,
        (kind, key, version, invoked, returned) -> {
          if (kind == OperationFile.INVALIDATION) {
            invalidations++;
            keys.get(key).add(version, node, returned);
          }
        });
  }

  private void examine(Path file) throws IOException {
    int node = node(file);
    int[] last = new int[keys.size()];
    OperationFile.scan(
        file,
        (kind, key, version, invoked, returned) -> {
          if (kind == OperationFile.FAILURE) {
            failures++;
          } else if (kind == OperationFile.READ) {
            reads++;
            wentBack += version < last[key] ? 1 : 0;
            last[key] = version;
            examine(node, key, version, invoked);
          }
        });
  }

  private void examine(int node, int key, int version, long invoked) {
    Invalidations of = keys.get(key);
    long age = of.ageNanos(version, invoked);
    if (age == 0) {
      return;
    }
    stale++;
    of.seen(version, invoked);
    if (age > boundNanos) {
      tooOld++;
      note("too old", node, key, version, age);
    }
    int own = of.ownBefore(node, version, invoked);
    if (own > version) {
      olderThanOwn++;
      note("older than its own version " + own, node, key, version, age);
    }
  }

  private void note(String what, int node, int key, int version, long age) {
    if (examples.size() < MOST_EXAMPLES) {
      examples.add(
          "%s: node %d read version %d of key %d, which had been out of date for %.1f ms"
              .formatted(what, node, version, key, age / 1e6));
    }
  }

  private StalenessReport report(long hits, long loads) {
    Lags lags = new Lags();
    keys.forEach(key -> key.lags(lags));
    return new StalenessReport(
        new StalenessReport.Totals(reads, stale, hits, loads, invalidations, failures),
        Duration.ofNanos(boundNanos),
        tooOld,
        olderThanOwn,
        wentBack,
        lags.summary(),
        examples);
  }
}
