// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/**
 * Calls to another server that do not make its overload worse.
 *
 * <p>A {@link io.scalingtoolkit.core.overload.downstream.Downstream} puts bulkhead, circuit breaker
 * and retry of resilience4j around a call, in that order, and a {@link
 * io.scalingtoolkit.core.overload.downstream.RetryBudget} over retries and hedges together. It
 * needs {@code resilience4j-bulkhead}, {@code -circuitbreaker} and {@code -retry} on the class
 * path; the budget and {@link io.scalingtoolkit.core.overload.downstream.Hedge} do not.
 */
@NullMarked
package io.scalingtoolkit.core.overload.downstream;

import org.jspecify.annotations.NullMarked;
