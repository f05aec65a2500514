// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.gateway;

import java.net.URI;
import java.nio.file.Path;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.core5.util.TimeValue;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.jetty.servlet.JettyServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.cloud.gateway.server.mvc.common.MvcUtils;
import org.springframework.cloud.gateway.server.mvc.handler.GatewayRouterFunctions;
import org.springframework.cloud.gateway.server.mvc.handler.ProxyExchangeHandlerFunction;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.ServerResponse;

/** The parts of the gateway and how they meet. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(GatewaySettings.class)
class GatewayConfiguration {

  /** The exchange chooses the instance; the framework wants an address before that. */
  private static final URI ANY_INSTANCE = URI.create("http://instance");

  @Bean
  Instances instances() {
    return new Instances();
  }

  @Bean(destroyMethod = "close")
  PoolingHttpClientConnectionManager connections(GatewaySettings settings) {
    return UpstreamClient.connections(settings);
  }

  @Bean(destroyMethod = "close")
  CloseableHttpClient upstreamClient(
      GatewaySettings settings, PoolingHttpClientConnectionManager connections) {
    return UpstreamClient.create(settings, connections);
  }

  @Bean(destroyMethod = "close")
  Watch watch(Instances instances, CloseableHttpClient client, GatewaySettings settings) {
    Path file = settings.instancesFile();
    return new Watch(
        file == null ? null : new InstancesFile(file, instances),
        instances,
        new HealthChecks(UpstreamClient.probe(client, settings)),
        settings);
  }

  @Bean
  FailoverExchange exchange(
      Instances instances,
      CloseableHttpClient client,
      PoolingHttpClientConnectionManager connections,
      GatewaySettings settings) {
    return new FailoverExchange(
        instances,
        client,
        () -> connections.closeIdle(TimeValue.ZERO_MILLISECONDS),
        settings.maxBody().toBytes());
  }

  @Bean
  ProxiedHeaders proxiedHeaders() {
    return new ProxiedHeaders();
  }

  /** Everything that the door lets in goes to an instance. */
  @Bean
  RouterFunction<ServerResponse> route(ProxyExchangeHandlerFunction proxy) {
    return GatewayRouterFunctions.route("instances")
        .route(
            request -> true,
            request -> {
              MvcUtils.setRequestUrl(request, ANY_INSTANCE);
              request.attributes().put(MvcUtils.PRESERVE_HOST_HEADER_ATTRIBUTE, true);
              return proxy.handle(request);
            })
        .build();
  }

  @Bean
  FilterRegistrationBean<TargetFilter> door(GatewaySettings settings) {
    FilterRegistrationBean<TargetFilter> door =
        new FilterRegistrationBean<>(new TargetFilter(settings.maxBody().toBytes()));
    door.setOrder(Ordered.HIGHEST_PRECEDENCE);
    return door;
  }

  @Bean
  WebServerFactoryCustomizer<JettyServletWebServerFactory> container() {
    return factory -> factory.addServerCustomizers(ContainerProblems::install);
  }
}
