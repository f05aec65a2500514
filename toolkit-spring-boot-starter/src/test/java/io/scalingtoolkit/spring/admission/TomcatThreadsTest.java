// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scalingtoolkit.core.time.MonotonicClock;
import io.scalingtoolkit.spring.admission.AdmissionAutoConfiguration.AdmissionValveCustomizer;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.coyote.http11.Http11NioProtocol;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.support.StaticListableBeanFactory;
import org.springframework.boot.tomcat.TomcatProtocolHandlerCustomizer;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;

/** The threads of a Tomcat that is asked to admit by load. */
final class TomcatThreadsTest {
  private final AdmissionValveCustomizer customizer =
      new AdmissionValveCustomizer(
          new StaticListableBeanFactory(
                  Map.of("gate", AdmissionGateTest.gate(MonotonicClock.system())))
              .getBeanProvider(AdmissionGate.class),
          MonotonicClock.system());

  private Http11NioProtocol customized(Http11NioProtocol protocol) {
    TomcatServletWebServerFactory factory = new TomcatServletWebServerFactory();
    customizer.customize(factory);
    assertThat(factory.getEngineValves()).hasOnlyElementsOfType(AdmissionValve.class);
    factory.getProtocolHandlerCustomizers().forEach(each -> customize(each, protocol));
    return protocol;
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // each takes any handler
  private static void customize(TomcatProtocolHandlerCustomizer each, Http11NioProtocol protocol) {
    each.customize(protocol);
  }

  @Test
  void pool_isAsLargeAsTomcatsOwn_andEndsWithTheContext() throws Exception {
    Http11NioProtocol protocol = new Http11NioProtocol();
    protocol.setMaxThreads(17);
    customized(protocol);
    FrontExecutor front = (FrontExecutor) protocol.getExecutor();
    Callable<String> name = () -> Thread.currentThread().getName();
    FutureTask<String> task = new FutureTask<>(name);

    front.execute(task);

    assertThat(task.get(60, TimeUnit.SECONDS)).startsWith("http-nio-").contains("-exec-");
    assertThat(front.getMaxThreads()).isEqualTo(17);
    assertThat(front.getPoolSize()).isPositive();
    customizer.destroy();
    assertThatThrownBy(() -> front.execute(() -> {}))
        .isInstanceOf(RejectedExecutionException.class);
  }

  @Test
  void threadsOfTheApplication_areUsed() {
    Queue<Runnable> own = new ArrayDeque<>();
    Http11NioProtocol protocol = new Http11NioProtocol();
    protocol.setExecutor(own::add);
    customized(protocol);

    protocol.getExecutor().execute(() -> {});

    assertThat(protocol.getExecutor()).isInstanceOf(FrontExecutor.class);
    assertThat(own).hasSize(1);
  }
}
