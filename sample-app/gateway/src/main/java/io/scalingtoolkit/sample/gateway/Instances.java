// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.gateway;

import io.scalingtoolkit.sample.gateway.Instance.State;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The instances that requests can go to. Chooses the one with the fewest requests in work, and
 * takes turns among equals. Thread-safe; a change of the list concerns the next choice, and leaves
 * the requests that are in work alone.
 */
final class Instances {

  private final AtomicInteger turn = new AtomicInteger();
  private volatile List<Instance> all = List.of();

  /** The list as it is now; immutable. */
  List<Instance> all() {
    return all;
  }

  /** Sets the list; what is known about instances that stay is kept. Duplicates count once. */
  synchronized void replace(List<Address> addresses) {
    Map<Address, Instance> known =
        all.stream().collect(Collectors.toMap(Instance::address, Function.identity()));
    all =
        addresses.stream()
            .distinct()
            .map(
                address -> {
                  Instance same = known.get(address);
                  return same == null ? new Instance(address) : same;
                })
            .toList();
  }

  /**
   * Chooses an instance for a request and counts the request as begun there.
   *
   * @param tried instances that have failed this request
   * @return the choice, for which {@link Instance#end} has to be called; empty when nothing is left
   */
  Optional<Instance> begin(Collection<Instance> tried) {
    List<Instance> now = all;
    if (now.isEmpty()) {
      return Optional.empty();
    }
    int first = Math.floorMod(turn.getAndIncrement(), now.size());
    Optional<Instance> chosen =
        choose(now, first, tried, State.READY).or(() -> choose(now, first, tried, State.UNKNOWN));
    chosen.ifPresent(Instance::begin);
    return chosen;
  }

  private static Optional<Instance> choose(
      List<Instance> from, int first, Collection<Instance> tried, State state) {
    Instance best = null;
    for (int i = 0; i < from.size(); i++) {
      Instance candidate = from.get((first + i) % from.size());
      if (candidate.state() == state
          && !tried.contains(candidate)
          && (best == null || candidate.inFlight() < best.inFlight())) {
        best = candidate;
      }
    }
    return Optional.ofNullable(best);
  }
}
