// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors

/**
 * A checker for session guarantees over replicated databases: a workload that records what its
 * sessions wrote and saw, and a judge of the recorded history.
 *
 * <p>Start at {@link io.scalingtoolkit.testkit.check.SessionWorkload}; a history from elsewhere
 * goes through {@link io.scalingtoolkit.testkit.check.HistoryRecorder} to {@link
 * io.scalingtoolkit.testkit.check.Judge}. The database is on nobody's class path but the caller's.
 */
@NullMarked
package io.scalingtoolkit.testkit.check;

import org.jspecify.annotations.NullMarked;
