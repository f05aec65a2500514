// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.gateway;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** One process of the application, as the gateway sees it. Thread-safe. */
final class Instance {

  /** What is known about an instance. */
  enum State {
    /** It has not been asked yet, or a request to it has failed since; the last choice. */
    UNKNOWN,
    /** It said that it is ready. */
    READY,
    /** It said that it is not, or it does not answer; gets no requests. */
    DOWN
  }

  private final Address address;
  private final AtomicInteger inFlight = new AtomicInteger();
  private final AtomicBoolean beingProbed = new AtomicBoolean();
  private volatile State state = State.UNKNOWN;

  Instance(Address address) {
    this.address = address;
  }

  Address address() {
    return address;
  }

  State state() {
    return state;
  }

  /**
   * Notes what a probe found.
   *
   * @return what was known before
   */
  State become(State found) {
    State before = state;
    state = found;
    return before;
  }

  /** Notes that a request has failed: it is left out until a probe says that it is ready. */
  void suspect() {
    if (state == State.READY) {
      state = State.UNKNOWN;
    }
  }

  int inFlight() {
    return inFlight.get();
  }

  void begin() {
    inFlight.incrementAndGet();
  }

  void end() {
    inFlight.decrementAndGet();
  }

  /** True for the caller that may probe now; it has to call {@link #probed}. */
  boolean mayProbe() {
    return beingProbed.compareAndSet(false, true);
  }

  void probed() {
    beingProbed.set(false);
  }

  @Override
  public String toString() {
    return address.toString();
  }
}
