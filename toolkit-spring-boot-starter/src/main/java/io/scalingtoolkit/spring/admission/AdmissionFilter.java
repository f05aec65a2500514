// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.admission;

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
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import org.springframework.core.Ordered;

/**
 * Admits a request or turns it away with 503, before anything reads its body. A permit is held
 * until the answer is complete, also if that is on another thread, and given back once.
 * Thread-safe; it never blocks.
 *
 * <p>The statuses 502, 503 and 504 say that something was too busy; Spring answers an asynchronous
 * timeout with 503. An error 500, or a timeout with another answer, says so only if it took as long
 * as callers wait: an error at once is a fault, and a fault in one handler must not have the others
 * refused; a timeout before that is a poll that found nothing. What a limit refused further in says
 * nothing either.
 */
final class AdmissionFilter implements Filter {
  /** Right behind the limits that need no user, which cost nothing to refuse. */
  static final int ORDER = Ordered.HIGHEST_PRECEDENCE + 16;

  private final AdmissionLimiters limiters;
  private final ClientAddresses addresses;
  private final RefusalWriter refusals;
  private final MonotonicClock clock;

  AdmissionFilter(
      AdmissionLimiters limiters,
      ClientAddresses addresses,
      RefusalWriter refusals,
      MonotonicClock clock) {
    this.limiters = limiters;
    this.addresses = addresses;
    this.refusals = refusals;
    this.clock = clock;
  }

  @Override
  public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    AdmissionLimiters.Place place =
        request instanceof HttpServletRequest http ? limiters.of(http) : null;
    if (place == null
        || !(request instanceof HttpServletRequest http)
        || !(response instanceof HttpServletResponse answer)) {
      chain.doFilter(request, response);
      return;
    }
    Verdict verdict = place.limiter().tryAcquire(place.priority(), addresses.network(http));
    if (verdict instanceof Verdict.Rejected rejected) {
      refusals.refuse(http, answer, new Refusal(503, rejected.retryAfter(), List.of()));
    } else if (verdict instanceof Permit permit) {
      run(new Held(permit, place.deadline().toNanos()), http, answer, chain);
    }
  }

  private void run(
      Held held, HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    try {
      chain.doFilter(request, response);
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
      if (request.getAttribute(Refusal.ATTRIBUTE) != null) {
        return Outcome.IGNORED;
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
