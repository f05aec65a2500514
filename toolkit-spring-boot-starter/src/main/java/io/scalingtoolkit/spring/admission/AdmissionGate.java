// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.admission;

import io.scalingtoolkit.core.overload.AdaptiveLimiter;
import io.scalingtoolkit.core.overload.Outcome;
import io.scalingtoolkit.core.overload.Permit;
import io.scalingtoolkit.core.overload.Verdict;
import io.scalingtoolkit.core.time.MonotonicClock;
import io.scalingtoolkit.spring.address.ClientAddresses;
import io.scalingtoolkit.spring.limit.Refusal;
import io.scalingtoolkit.spring.limit.RefusalWriter;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;

/**
 * Admits a request or turns it away with 503, before anything reads its body, once for each. A
 * permit is held until the answer is complete, also if that is on another thread, and given back
 * once. Thread-safe; it never blocks.
 *
 * <p>The statuses 502, 503 and 504 say that something was too busy; Spring answers an asynchronous
 * timeout with 503. An error 500, or a timeout with another answer, says so only if it took as long
 * as callers wait: an error at once is a fault, and a fault in one handler must not have the others
 * refused; a timeout before that is a poll that found nothing. What a limit refused further in says
 * nothing either.
 */
final class AdmissionGate {
  /** Of a request that has been here. */
  private static final String SEEN = AdmissionGate.class.getName();

  private final AdmissionLimiters limiters;
  private final ClientAddresses addresses;
  private final RefusalWriter refusals;
  private final MonotonicClock clock;

  AdmissionGate(
      AdmissionLimiters limiters,
      ClientAddresses addresses,
      RefusalWriter refusals,
      MonotonicClock clock) {
    this.limiters = limiters;
    this.addresses = addresses;
    this.refusals = refusals;
    this.clock = clock;
  }

  /** Goes on with a request. */
  @FunctionalInterface
  interface Next {
    void go() throws IOException, ServletException;
  }

  /**
   * Goes on with a request, or answers it.
   *
   * @param waitedNanos how long it has waited to get here
   */
  void pass(HttpServletRequest request, HttpServletResponse response, long waitedNanos, Next next)
      throws IOException, ServletException {
    AdmissionLimiters.Place place =
        request.getAttribute(SEEN) == null ? limiters.of(request) : null;
    if (place == null) {
      next.go();
      return;
    }
    request.setAttribute(SEEN, true);
    Verdict verdict = ask(place, addresses.network(request), waitedNanos);
    if (verdict instanceof Verdict.Rejected rejected) {
      refusals.refuse(request, response, new Refusal(503, rejected.retryAfter(), List.of()));
    } else if (verdict instanceof Permit permit) {
      run(new Held(permit, place.deadline().toNanos() - waitedNanos), request, response, next);
    }
  }

  /**
   * Asks the limiter of all requests first, also for one that has its own: what is dear must not
   * take from the others what they are refused for the lack of. How long it may have waited is a
   * matter of its own.
   */
  private Verdict ask(AdmissionLimiters.Place place, String user, long waitedNanos) {
    AdaptiveLimiter common = limiters.common();
    if (place.limiter() != common) {
      Verdict first = common.tryAcquire(place.priority(), user);
      if (!(first instanceof Permit passing)) {
        return first;
      }
      passing.close(Outcome.IGNORED); // it does not count there, where latencies are others
    }
    return place.limiter().tryAcquire(place.priority(), user, waitedNanos);
  }

  private void run(Held held, HttpServletRequest request, HttpServletResponse response, Next next)
      throws IOException, ServletException {
    try {
      next.go();
    } catch (IOException e) {
      // Nearly always a client that has gone, which says nothing of the load.
      held.close(Outcome.IGNORED);
      throw e;
    } catch (ServletException | RuntimeException | Error e) {
      held.close(held.outcome(request, 500));
      throw e;
    }
    if (!request.isAsyncStarted()) {
      held.close(held.outcome(request, response.getStatus()));
      return;
    }
    try {
      request.getAsyncContext().addListener(held, request, response);
    } catch (IllegalStateException completedMeanwhile) {
      held.close(held.outcome(request, response.getStatus()));
    }
  }

  /** A permit and the time since when it is held; thread-safe. */
  private final class Held implements AsyncListener {
    private final Permit permit;
    private final long sinceNanos = clock.nanoTime();
    private final long deadlineNanos;
    private volatile boolean timedOut;
    private volatile boolean clientGone;

    Held(Permit permit, long deadlineNanos) {
      this.permit = permit;
      this.deadlineNanos = deadlineNanos;
    }

    void close(Outcome outcome) {
      permit.close(outcome);
    }

    Outcome outcome(ServletRequest request, int status) {
      if (request.getAttribute(Refusal.ATTRIBUTE) != null
          || request.getAttribute(RequestDispatcher.ERROR_EXCEPTION) instanceof IOException) {
        return Outcome.IGNORED; // the client has gone, or another gate was shut
      }
      if (status == 502 || status == 503 || status == 504) {
        return Outcome.DROPPED;
      }
      if (status < 500 && !timedOut) {
        return Outcome.SUCCESS;
      }
      boolean late = clock.nanoTime() - sinceNanos >= deadlineNanos;
      return late ? Outcome.DROPPED : Outcome.IGNORED;
    }

    @Override
    public void onComplete(AsyncEvent event) {
      int status =
          event.getSuppliedResponse() instanceof HttpServletResponse response
              ? response.getStatus()
              : 200;
      close(clientGone ? Outcome.IGNORED : outcome(event.getSuppliedRequest(), status));
    }

    @Override
    public void onTimeout(AsyncEvent event) {
      timedOut = true;
    }

    @Override
    public void onError(AsyncEvent event) {
      if (event.getThrowable() instanceof IOException) {
        clientGone = true;
      }
    }

    @Override
    public void onStartAsync(AsyncEvent event) {
      // A new cycle begins without the listeners of the one before.
      AsyncContext next = event.getAsyncContext();
      next.addListener(this, event.getSuppliedRequest(), event.getSuppliedResponse());
    }
  }
}
