// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.http;

import java.net.URI;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * What waits to be purged, each tag and URL once, in the order asked; thread-safe.
 *
 * <p>What is being sent does not wait any more: who asks for it then has it sent again, as the
 * cache may have forgotten it before his change.
 */
final class PurgeQueue {
  /**
   * A tag or a URL; immutable.
   *
   * @param url null for a tag
   */
  record Target(String text, @Nullable URI url) {}

  /** Who waits for some targets; thread-safe. */
  static final class Caller {
    final CompletableFuture<Void> done = new CompletableFuture<>();
    private final AtomicInteger left;

    Caller(int targets) {
      this.left = new AtomicInteger(targets);
      if (targets == 0) {
        done.complete(null);
      }
    }

    void oneDone() {
      if (left.decrementAndGet() == 0) {
        done.complete(null);
      }
    }
  }

  /** One target that waits or is sent; guarded by the queue. */
  static final class Item {
    final Target target;
    final List<Caller> callers = new ArrayList<>();

    /** When it was asked for last. */
    long sinceNanos;

    /** Whether it was purged before and is only purged again. */
    boolean second;

    /** Whether it was refused with others, of which it may be the one to blame. */
    boolean alone;

    Item(Target target, long sinceNanos) {
      this.target = target;
      this.sinceNanos = sinceNanos;
    }
  }

  private final int most;
  private final Map<Target, Item> waiting = new LinkedHashMap<>();
  // In the order of the times, since all wait for the same time.
  private final Map<Target, Long> seconds = new LinkedHashMap<>();
  private int sent;

  PurgeQueue(int most) {
    this.most = most;
  }

  static Set<Target> targets(Purge purge) {
    Set<Target> targets = new LinkedHashSet<>();
    purge.tags().forEach(tag -> targets.add(new Target(tag, null)));
    purge.urls().forEach(url -> targets.add(new Target(url.toString(), url)));
    return targets;
  }

  static Purge purge(Collection<Target> targets) {
    Set<String> tags = new LinkedHashSet<>();
    Set<URI> urls = new LinkedHashSet<>();
    for (Target target : targets) {
      if (target.url() == null) {
        tags.add(target.text());
      } else {
        urls.add(target.url());
      }
    }
    return new Purge(tags, urls);
  }

  static Purge purgeOf(Collection<Item> items) {
    return purge(items.stream().map(item -> item.target).toList());
  }

  /**
   * Adds all targets or, if there is no room for all that are new, none.
   *
   * @return how many waited already, -1 if there is no room
   */
  synchronized int add(Set<Target> targets, long nowNanos, Caller caller) {
    int merged = (int) targets.stream().filter(waiting::containsKey).count();
    if (size() + targets.size() - merged > most) {
      return -1;
    }
    for (Target target : targets) {
      Item item = waiting.computeIfAbsent(target, each -> new Item(each, nowNanos));
      item.callers.add(caller);
      item.sinceNanos = nowNanos;
      item.second = false;
    }
    return merged;
  }

  /** Takes what is to be sent together, at most so many; empty if nothing waits. */
  synchronized List<Item> take(int atMost) {
    List<Item> batch = new ArrayList<>();
    Iterator<Item> items = waiting.values().iterator();
    while (items.hasNext() && batch.size() < atMost) {
      Item item = items.next();
      if (item.alone && !batch.isEmpty()) {
        break;
      }
      items.remove();
      batch.add(item);
      if (item.alone) {
        break;
      }
    }
    sent = batch.size();
    return batch;
  }

  /** Notes that what was taken was purged; it is purged again at a time, unless that is null. */
  synchronized void done(List<Item> batch, @Nullable Long againNanos) {
    sent = 0;
    if (againNanos == null) {
      return;
    }
    for (Item item : batch) {
      if (!item.second) {
        seconds.remove(item.target); // so that the later time counts
        seconds.put(item.target, againNanos);
      }
    }
  }

  /** Puts what was taken back, before all others; what was asked for meanwhile joins it. */
  synchronized void putBack(List<Item> batch) {
    sent = 0;
    Map<Target, Item> later = new LinkedHashMap<>(waiting);
    waiting.clear();
    for (Item item : batch) {
      Item newer = later.remove(item.target);
      if (newer != null) {
        item.callers.addAll(newer.callers);
        item.second &= newer.second;
        item.sinceNanos = newer.sinceNanos;
      }
      waiting.put(item.target, item);
    }
    waiting.putAll(later);
  }

  /** Notes that what was taken is not purged. */
  synchronized void gone() {
    sent = 0;
  }

  /** Has those second purges wait whose time has come, or all. */
  synchronized void moveSeconds(long nowNanos, boolean all) {
    Iterator<Map.Entry<Target, Long>> entries = seconds.entrySet().iterator();
    while (entries.hasNext()) {
      Map.Entry<Target, Long> entry = entries.next();
      if (!all && entry.getValue() - nowNanos > 0) {
        return;
      }
      entries.remove();
      waiting.computeIfAbsent(
          entry.getKey(),
          target -> {
            Item item = new Item(target, nowNanos);
            item.second = true;
            return item;
          });
    }
  }

  /** Returns the time of the next second purge, null if there is none. */
  synchronized @Nullable Long nextSecondNanos() {
    return seconds.isEmpty() ? null : seconds.values().iterator().next();
  }

  /** Takes all that waits, second purges too. */
  synchronized List<Item> takeAll(long nowNanos) {
    moveSeconds(nowNanos, true);
    List<Item> all = List.copyOf(waiting.values());
    waiting.clear();
    return all;
  }

  synchronized boolean isIdle() {
    return waiting.isEmpty();
  }

  synchronized int size() {
    return waiting.size() + seconds.size() + sent;
  }
}
