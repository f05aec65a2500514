// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.limit;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.ArrayList;
import java.util.List;

/**
 * The fields of a request from all stages, so that each header is one line; confined to the
 * request.
 */
final class AppliedFields {
  private static final String ATTRIBUTE = AppliedFields.class.getName();

  private final List<String> policies = new ArrayList<>();
  private final List<String> limits = new ArrayList<>();

  static void add(
      HttpServletRequest request, HttpServletResponse response, List<RateLimitFields> fields) {
    if (fields.isEmpty()) {
      return;
    }
    AppliedFields applied =
        request.getAttribute(ATTRIBUTE) instanceof AppliedFields before
            ? before
            : new AppliedFields();
    request.setAttribute(ATTRIBUTE, applied);
    for (RateLimitFields field : fields) {
      applied.policies.add(field.policy());
      String limit = field.limit();
      if (limit != null) {
        applied.limits.add(limit);
      }
    }
    response.setHeader(RateLimitFields.POLICY, String.join(", ", applied.policies));
    if (!applied.limits.isEmpty()) {
      response.setHeader(RateLimitFields.LIMIT, String.join(", ", applied.limits));
    }
  }
}
