// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.check;

import io.scalingtoolkit.testkit.check.Operation.Dependency;
import java.util.SplittableRandom;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What one session of a workload did last, to choose what it does next. Thread-safe.
 *
 * <p>It writes the keys that leave its number as the remainder of a division by the number of
 * sessions, so every key has one writer.
 */
final class WorkloadSession {
  private static final double FOLLOW_DEPENDENCY = 0.5;
  private static final double READ_OWN = 0.4;
  private static final double READ_AGAIN = 0.2;

  /** Held while a key of this session gets a version, so that versions have one order. */
  final ReentrantLock writing = new ReentrantLock();

  private final int session;
  private final int sessions;
  private final int keys;

  // Under this object's monitor.
  private int lastRead;
  private int followedUp = -1;
  private @Nullable Dependency written;
  private @Nullable Dependency writtenBefore;
  private @Nullable Dependency last;
  private @Nullable Dependency lastOfAnotherKey;

  WorkloadSession(int session, int sessions, int keys) {
    this.session = session;
    this.sessions = sessions;
    this.keys = keys;
    this.lastRead = session;
  }

  int chooseOwnKey(SplittableRandom random) {
    int owned = (keys - session + sessions - 1) / sessions;
    return session + sessions * random.nextInt(owned);
  }

  /**
   * Chooses a key that can show a violation: often one that the session is entitled to a version
   * of, and else any key, those with low numbers more often.
   */
  synchronized int chooseKeyToRead(SplittableRandom random) {
    int dependency = followedUp;
    if (dependency >= 0 && random.nextDouble() < FOLLOW_DEPENDENCY) {
      followedUp = -1;
      return dependency;
    }
    double choice = random.nextDouble();
    if (choice < READ_OWN) {
      return chooseOwnKey(random);
    }
    if (choice < READ_OWN + READ_AGAIN) {
      return lastRead;
    }
    // The cube gives the first hundredth of the keys a fifth of the reads.
    double uniform = random.nextDouble();
    return (int) (keys * uniform * uniform * uniform);
  }

  /** Returns what a write of the key depends on: an earlier write, or what was seen or written. */
  synchronized @Nullable Dependency chooseDependency(int key, SplittableRandom random) {
    Dependency own = otherThan(key, written, writtenBefore);
    Dependency any = otherThan(key, last, lastOfAnotherKey);
    return own != null && random.nextBoolean() ? own : any;
  }

  synchronized void read(int key, int version, @Nullable Dependency dependency) {
    lastRead = key;
    if (dependency != null) {
      followedUp = dependency.key();
    }
    if (version > 0) {
      remember(new Dependency(key, version));
    }
  }

  synchronized void wrote(int key, int version) {
    Dependency now = new Dependency(key, version);
    if (written != null && written.key() != key) {
      writtenBefore = written;
    }
    written = now;
    remember(now);
  }

  private void remember(Dependency now) {
    if (last != null && last.key() != now.key()) {
      lastOfAnotherKey = last;
    }
    last = now;
  }

  private static @Nullable Dependency otherThan(
      int key, @Nullable Dependency first, @Nullable Dependency second) {
    if (first != null && first.key() != key) {
      return first;
    }
    return second != null && second.key() != key ? second : null;
  }
}
