// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.limit;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the policies say of a request at one stage; immutable.
 *
 * @param fields those of each policy that was applied
 * @param refusal null if it may go on
 */
record Verdict(List<RateLimitFields> fields, @Nullable Refusal refusal) {
  static final Verdict NONE = new Verdict(List.of(), null);
}
