// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.gateway;

import io.scalingtoolkit.sample.gateway.HealthChecks.Answer;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.HttpStatus;
import org.apache.hc.core5.http.io.SocketConfig;
import org.apache.hc.core5.http.message.BasicClassicHttpRequest;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;

/**
 * Makes the HTTP client to the instances. It repeats, follows, decodes and remembers nothing: that
 * is for the client of the gateway. Thread-safe.
 */
final class UpstreamClient {

  /** One connection for each of the server's threads, so that no request waits for one. */
  private static final int CONNECTIONS = 200;

  /**
   * Less than the 20 s of the instances, so that they do not close one that is about to be used.
   */
  private static final TimeValue IDLE = TimeValue.ofSeconds(4);

  /** Looking at a connection first costs a millisecond, so one that was in use just now is not. */
  private static final TimeValue FRESH = TimeValue.ofMilliseconds(200);

  private UpstreamClient() {}

  /** The connections of such a client. */
  static PoolingHttpClientConnectionManager connections(GatewaySettings settings) {
    return PoolingHttpClientConnectionManagerBuilder.create()
        .setMaxConnPerRoute(CONNECTIONS)
        .setMaxConnTotal(CONNECTIONS * 8)
        .setDefaultConnectionConfig(
            ConnectionConfig.custom()
                .setConnectTimeout(timeout(settings.connectTimeout()))
                .setSocketTimeout(timeout(settings.responseTimeout()))
                .setValidateAfterInactivity(FRESH)
                .build())
        .setDefaultSocketConfig(SocketConfig.custom().setTcpNoDelay(true).build())
        .build();
  }

  /** Makes a client, which closes its connections when it is closed. */
  static CloseableHttpClient create(
      GatewaySettings settings, PoolingHttpClientConnectionManager connections) {
    return HttpClients.custom()
        .setConnectionManager(connections)
        .setDefaultRequestConfig(
            RequestConfig.custom()
                .setResponseTimeout(timeout(settings.responseTimeout()))
                .setConnectionRequestTimeout(timeout(settings.connectTimeout()))
                .setProtocolUpgradeEnabled(false)
                .build())
        .setKeepAliveStrategy((answer, context) -> IDLE)
        .disableAutomaticRetries()
        .disableRedirectHandling()
        .disableCookieManagement()
        .disableContentCompression()
        .disableAuthCaching()
        .disableDefaultUserAgent()
        .build();
  }

  /** Asks instances through such a client. */
  static HealthChecks.Probe probe(CloseableHttpClient client, GatewaySettings settings) {
    RequestConfig patience =
        RequestConfig.custom()
            .setResponseTimeout(timeout(settings.probeTimeout()))
            .setConnectionRequestTimeout(timeout(settings.probeTimeout()))
            .build();
    return address -> {
      HttpHost host = new HttpHost("http", address.host(), address.port());
      ClassicHttpRequest question = new BasicClassicHttpRequest("GET", host, settings.probePath());
      HttpClientContext context = HttpClientContext.create();
      context.setRequestConfig(patience);
      try {
        return client.execute(
            host,
            question,
            context,
            answer -> answer.getCode() == HttpStatus.SC_OK ? Answer.READY : Answer.NOT_READY);
      } catch (ConnectException refused) {
        return Answer.NOT_READY;
      } catch (IOException e) {
        return Answer.SILENT;
      }
    };
  }

  private static Timeout timeout(Duration duration) {
    return Timeout.of(duration);
  }
}
