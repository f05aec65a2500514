// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.replication;

import io.scalingtoolkit.replication.ReplicationException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/** Turns a cluster that cannot be used into two lines in place of a stack trace. */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class ReplicationFailureAnalyzer extends AbstractFailureAnalyzer<ReplicationException> {
  @Override
  protected FailureAnalysis analyze(Throwable rootFailure, ReplicationException cause) {
    return new FailureAnalysis(
        String.valueOf(cause.getMessage()),
        "Check the servers, and " + Settings.PREFIX + ".primary.* and .replicas.*.",
        cause);
  }
}
