// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.actuator;

import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.actuate.endpoint.web.annotation.EndpointWebExtension;

/**
 * Says over HTTP why a change was refused; Boot's own answer holds the message only where errors
 * are set to show theirs.
 */
@EndpointWebExtension(endpoint = LimitsEndpoint.class)
record LimitsEndpointWebExtension(LimitsEndpoint endpoint) {

  /** See {@link LimitsEndpoint#reload}; status 400 with a {@code message} if refused. */
  @WriteOperation
  WebEndpointResponse<Object> reload() {
    return answer(endpoint::reload);
  }

  /** See {@link LimitsEndpoint#change}; status 400 with a {@code message} if refused. */
  @WriteOperation
  WebEndpointResponse<Object> change(
      @Selector String policy,
      @Nullable Long permits,
      @Nullable String period,
      @Nullable Long burst,
      @Nullable Boolean shadow) {
    return answer(() -> endpoint.change(policy, permits, period, burst, shadow));
  }

  private static WebEndpointResponse<Object> answer(Supplier<Object> operation) {
    try {
      return new WebEndpointResponse<>(operation.get());
    } catch (InvalidEndpointRequestException e) {
      return new WebEndpointResponse<>(
          Map.of("message", String.valueOf(e.getReason())), WebEndpointResponse.STATUS_BAD_REQUEST);
    }
  }
}
