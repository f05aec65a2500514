// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.ratelimit;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A reservation as a future that completes at its time; thread-safe. */
final class AsyncAdmission {
  private AsyncAdmission() {}

  static CompletableFuture<Admission> of(Reservation reservation) {
    CompletableFuture<Admission> admission = new CompletableFuture<>();
    if (reservation instanceof Reservation.Refused refused) {
      admission.complete(refused.rejection());
    } else if (reservation instanceof Reservation.Held held) {
      long delay = held.delayNanos();
      if (delay == 0) {
        if (held.use()) {
          admission.complete(Admission.Admitted.NOW);
        } else {
          admission.cancel(false);
        }
      } else {
        held.whenGivenUp(() -> admission.cancel(false));
        // Completes on the one timer thread of CompletableFuture, which is what its stages share.
        admission.completeOnTimeout(Admission.Admitted.NOW, delay, TimeUnit.NANOSECONDS);
        var unused =
            admission.whenComplete(
                (answer, problem) -> {
                  if (admission.isCancelled()) {
                    held.cancel();
                  } else if (answer != null) {
                    held.use();
                  }
                });
      }
    }
    return admission;
  }
}
