// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.actuator;

import java.util.Map;
import java.util.function.Supplier;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.actuate.endpoint.web.annotation.EndpointWebExtension;

/** Says over HTTP that there is no such cache. */
@EndpointWebExtension(endpoint = TieredCachesEndpoint.class)
record TieredCachesEndpointWebExtension(TieredCachesEndpoint endpoint) {

  /** See {@link TieredCachesEndpoint#cache}; status 404 with a {@code message} if unknown. */
  @ReadOperation
  WebEndpointResponse<Object> cache(@Selector String name) {
    return answer(() -> endpoint.cache(name));
  }

  /** See {@link TieredCachesEndpoint#invalidate}; status 404 with a {@code message} if unknown. */
  @WriteOperation
  WebEndpointResponse<Object> invalidate(@Selector String name) {
    return answer(() -> endpoint.invalidate(name));
  }

  private static WebEndpointResponse<Object> answer(Supplier<Object> operation) {
    try {
      return new WebEndpointResponse<>(operation.get());
    } catch (InvalidEndpointRequestException e) {
      return new WebEndpointResponse<>(
          Map.of("message", String.valueOf(e.getReason())), WebEndpointResponse.STATUS_NOT_FOUND);
    }
  }
}
