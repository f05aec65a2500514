// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.admission;

import io.micrometer.core.instrument.MeterRegistry;
import io.scalingtoolkit.core.time.MonotonicClock;
import io.scalingtoolkit.spring.address.AddressAutoConfiguration;
import io.scalingtoolkit.spring.address.ClientAddresses;
import io.scalingtoolkit.spring.limit.RefusalWriter;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.apache.catalina.Valve;
import org.apache.coyote.AbstractProtocol;
import org.apache.coyote.ProtocolHandler;
import org.apache.tomcat.util.threads.TaskQueue;
import org.apache.tomcat.util.threads.TaskThreadFactory;
import org.apache.tomcat.util.threads.ThreadPoolExecutor;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.tomcat.ConfigurableTomcatWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.web.util.pattern.PathPatternParser;

/**
 * Admits requests by load.
 *
 * <p>Active in a servlet application where {@code toolkit.admission.enabled} is true. A {@link
 * RefusalWriter} bean writes the answers to those that are turned away.
 */
@AutoConfiguration(
    after = AddressAutoConfiguration.class,
    afterName =
        "org.springframework.boot.micrometer.metrics.autoconfigure"
            + ".CompositeMeterRegistryAutoConfiguration")
@ConditionalOnClass({Filter.class, FilterRegistrationBean.class, PathPatternParser.class})
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnBooleanProperty("toolkit.admission.enabled")
@EnableConfigurationProperties(AdmissionProperties.class)
public final class AdmissionAutoConfiguration {
  AdmissionAutoConfiguration() {}

  @Bean
  @ConditionalOnMissingBean
  AdmissionLimiters admissionLimiters(
      AdmissionProperties properties,
      ObjectProvider<MonotonicClock> clock,
      ObjectProvider<MeterRegistry> registry) {
    return new AdmissionLimiters(
        properties, clock.getIfUnique(MonotonicClock::system), registry.getIfUnique());
  }

  @Bean
  AdmissionGate admissionGate(
      AdmissionLimiters limiters,
      ClientAddresses addresses,
      ObjectProvider<RefusalWriter> writer,
      ObjectProvider<MonotonicClock> clock) {
    return new AdmissionGate(
        limiters,
        addresses,
        writer.getIfUnique(RefusalWriter::problems),
        clock.getIfUnique(MonotonicClock::system));
  }

  @Bean
  @ConditionalOnMissingBean(name = "admissionFilterRegistration")
  FilterRegistrationBean<AdmissionFilter> admissionFilterRegistration(AdmissionGate gate) {
    FilterRegistrationBean<AdmissionFilter> registration =
        new FilterRegistrationBean<>(new AdmissionFilter(gate));
    registration.setOrder(AdmissionFilter.ORDER);
    registration.setDispatcherTypes(EnumSet.of(DispatcherType.REQUEST));
    return registration;
  }

  /** Has Tomcat ask ahead of everything else. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass({Valve.class, ConfigurableTomcatWebServerFactory.class})
  static final class Tomcat {
    @Bean
    AdmissionValveCustomizer admissionValveCustomizer(
        ObjectProvider<AdmissionGate> gate, ObjectProvider<MonotonicClock> clock) {
      return new AdmissionValveCustomizer(gate, clock.getIfUnique(MonotonicClock::system));
    }
  }

  /** Comes behind the valves that find out who the client is, and what chooses the threads. */
  static final class AdmissionValveCustomizer
      implements WebServerFactoryCustomizer<ConfigurableTomcatWebServerFactory>,
          Ordered,
          DisposableBean {
    private static final long IDLE_SECONDS = 60;

    // So many that refusals get their share of a processor beside what is worked on, and few
    // enough to leave it that; found by ./bench spike.
    private static final int PLACES_PER_PROCESSOR = 8;

    private final ObjectProvider<AdmissionGate> gate;
    private final MonotonicClock clock;
    private final List<ThreadPoolExecutor> pools = new ArrayList<>();

    AdmissionValveCustomizer(ObjectProvider<AdmissionGate> gate, MonotonicClock clock) {
      this.gate = gate;
      this.clock = clock;
    }

    @Override
    public void customize(ConfigurableTomcatWebServerFactory factory) {
      factory.addEngineValves(new AdmissionValve(gate.getObject()));
      factory.addProtocolHandlerCustomizers(this::queueInFront);
    }

    private void queueInFront(ProtocolHandler handler) {
      if (handler instanceof AbstractProtocol<?> protocol) {
        Executor threads = protocol.getExecutor();
        protocol.setExecutor(
            new FrontExecutor(
                threads == null ? pool(protocol) : threads,
                PLACES_PER_PROCESSOR * Runtime.getRuntime().availableProcessors(),
                clock));
      }
    }

    /** The threads that Tomcat would have made for itself. */
    private ThreadPoolExecutor pool(AbstractProtocol<?> protocol) {
      TaskQueue queue = new TaskQueue();
      String prefix = protocol.getName().replace("\"", "") + "-exec-";
      ThreadPoolExecutor pool =
          new ThreadPoolExecutor(
              protocol.getMinSpareThreads(),
              protocol.getMaxThreads(),
              IDLE_SECONDS,
              TimeUnit.SECONDS,
              queue,
              new TaskThreadFactory(prefix, true, Thread.NORM_PRIORITY));
      queue.setParent(pool);
      pools.add(pool);
      return pool;
    }

    @Override
    public void destroy() {
      pools.forEach(ThreadPoolExecutor::shutdownNow);
    }

    @Override
    public int getOrder() {
      return LOWEST_PRECEDENCE;
    }
  }
}
