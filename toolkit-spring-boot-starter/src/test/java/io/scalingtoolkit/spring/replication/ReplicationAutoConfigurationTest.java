// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.replication;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.observation.ObservationRegistry;
import io.scalingtoolkit.replication.ReplicationDataSource;
import io.scalingtoolkit.replication.RouteListener;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** When the data source is configured. Nothing is initialised, so no database is contacted. */
class ReplicationAutoConfigurationTest {
  private static final String URL = "toolkit.replication.primary.url=jdbc:postgresql://localhost/x";

  private final ApplicationContextRunner runner =
      new ApplicationContextRunner()
          .withInitializer(
              context ->
                  context.addBeanFactoryPostProcessor(
                      new LazyInitializationBeanFactoryPostProcessor()))
          .withConfiguration(
              AutoConfigurations.of(
                  DataSourceAutoConfiguration.class,
                  ReplicationAutoConfiguration.class,
                  MetricsAutoConfiguration.class,
                  ObservationAutoConfiguration.class));

  @Test
  void dataSource_withAUrl_isTheOnlyOneAndNoPoolIsABean() {
    runner
        .withPropertyValues(
            URL, "toolkit.replication.replicas.r1.url=jdbc:postgresql://localhost/x")
        .run(
            context -> {
              assertThat(context).hasNotFailed().hasSingleBean(ReplicationDataSource.class);
              assertThat(context.getBeanNamesForType(DataSource.class))
                  .containsExactly("replicationDataSource");
              assertThat(context).doesNotHaveBean(HikariDataSource.class);
              assertThat(
                      context
                          .getBeanFactory()
                          .getBeanDefinition("replicationDataSource")
                          .isPrimary())
                  .isTrue();
            });
  }

  @Test
  void dataSource_withoutAUrl_isBoots() {
    runner
        .withPropertyValues("spring.datasource.url=jdbc:postgresql://localhost/x")
        .run(
            context ->
                assertThat(context)
                    .hasSingleBean(DataSource.class)
                    .doesNotHaveBean(ReplicationDataSource.class));
  }

  @Test
  void dataSource_disabled_isNotThere() {
    runner
        .withPropertyValues(URL, "toolkit.replication.enabled=false")
        .run(context -> assertThat(context).doesNotHaveBean(ReplicationDataSource.class));
  }

  @Test
  void dataSource_withoutTheLibrary_isNotThere() {
    runner
        .withPropertyValues(URL)
        .withClassLoader(new FilteredClassLoader(ReplicationDataSource.class))
        .run(
            context -> {
              assertThat(context).hasNotFailed();
              assertThat(context.containsBean("replicationDataSource")).isFalse();
            });
  }

  @Test
  void dataSource_besideOneOfTheUser_backsOff() {
    runner
        .withPropertyValues(URL)
        .withUserConfiguration(OwnDataSource.class)
        .run(
            context ->
                assertThat(context)
                    .hasNotFailed()
                    .hasSingleBean(DataSource.class)
                    .doesNotHaveBean(ReplicationDataSource.class)
                    .doesNotHaveBean(ReplicationPools.class));
  }

  @Test
  void dataSource_besideAReplicationDataSourceOfTheUser_backsOff() {
    runner
        .withPropertyValues(URL)
        .withUserConfiguration(OwnReplication.class)
        .run(
            context ->
                assertThat(context.getBeanNamesForType(DataSource.class)).containsExactly("own"));
  }

  @Test
  void observation_unlessAskedFor_isNotTold() {
    runner
        .withPropertyValues(URL)
        .run(context -> assertThat(context).doesNotHaveBean(RouteListener.class));
  }

  @Test
  void observation_askedFor_isTold() {
    runner
        .withPropertyValues(URL, "toolkit.replication.observe=true")
        .run(context -> assertThat(context).hasSingleBean(ObservedRoutes.class));
  }

  @Test
  void observation_withoutARegistry_isNotTold() {
    new ApplicationContextRunner()
        .withInitializer(
            context ->
                context.addBeanFactoryPostProcessor(
                    new LazyInitializationBeanFactoryPostProcessor()))
        .withConfiguration(AutoConfigurations.of(ReplicationAutoConfiguration.class))
        .withPropertyValues(URL, "toolkit.replication.observe=true")
        .run(
            context ->
                assertThat(context)
                    .hasSingleBean(ReplicationDataSource.class)
                    .doesNotHaveBean(RouteListener.class));
  }

  @Test
  void observation_withoutTheLibrary_isNotTold() {
    runner
        .withPropertyValues(URL, "toolkit.replication.observe=true")
        .withClassLoader(new FilteredClassLoader(ObservationRegistry.class))
        .run(
            context -> {
              assertThat(context).hasSingleBean(ReplicationDataSource.class);
              assertThat(context.containsBean("observedRoutes")).isFalse();
            });
  }

  @Configuration(proxyBeanMethods = false)
  static class OwnDataSource {
    @Bean
    DataSource own() {
      return new HikariDataSource();
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class OwnReplication {
    @Bean
    ReplicationDataSource own() {
      return ReplicationDataSource.builder(new HikariDataSource()).build();
    }
  }
}
