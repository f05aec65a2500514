// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.gateway;

import io.scalingtoolkit.sample.gateway.Instance.State;
import java.util.Map;
import java.util.WeakHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides from the answers to probes which instances get requests. An instance that says that it is
 * ready gets some at once. One that says that it is not, or does not even listen, gets none from
 * then on. One that is silent gets none after the second time: a single long pause is no death,
 * unless a request has failed as well. Thread-safe.
 */
final class HealthChecks {

  private static final Logger LOG = LoggerFactory.getLogger(HealthChecks.class);
  private static final int PATIENCE = 2;

  private final Probe probe;
  private final Map<Instance, Integer> silences = new WeakHashMap<>();

  HealthChecks(Probe probe) {
    this.probe = probe;
  }

  /** Asks an instance whether it is ready. */
  @FunctionalInterface
  interface Probe {
    Answer ask(Address address);
  }

  /** What came back. */
  enum Answer {
    READY,
    /** It says so itself, or nothing listens there. */
    NOT_READY,
    /** No answer in time, or a broken one. */
    SILENT
  }

  /** Asks one instance and notes the answer; does nothing while somebody else does. */
  void check(Instance instance) {
    if (!instance.mayProbe()) {
      return;
    }
    try {
      State found = judge(instance, probe.ask(instance.address()));
      State before = instance.become(found);
      if (before != found) {
        LOG.info("instance {} was {} and is {}", instance, before, found);
      }
    } finally {
      instance.probed();
    }
  }

  private synchronized State judge(Instance instance, Answer answer) {
    if (answer != Answer.SILENT) {
      silences.remove(instance);
      return answer == Answer.READY ? State.READY : State.DOWN;
    }
    int count = silences.merge(instance, 1, Integer::sum);
    return count >= PATIENCE || instance.state() != State.READY ? State.DOWN : State.READY;
  }
}
