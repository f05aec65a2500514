// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.replication;

import java.util.Map;
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
@EndpointWebExtension(endpoint = ReplicationEndpoint.class)
record ReplicationEndpointWebExtension(ReplicationEndpoint endpoint) {

  /** See {@link ReplicationEndpoint#change}; status 400 with a {@code message} if refused. */
  @WriteOperation
  WebEndpointResponse<Object> change(
      @Selector String replica, @Nullable Boolean drain, @Nullable Double weight) {
    try {
      return new WebEndpointResponse<>(endpoint.change(replica, drain, weight));
    } catch (InvalidEndpointRequestException e) {
      return new WebEndpointResponse<>(
          Map.of("message", String.valueOf(e.getReason())), WebEndpointResponse.STATUS_BAD_REQUEST);
    }
  }
}
