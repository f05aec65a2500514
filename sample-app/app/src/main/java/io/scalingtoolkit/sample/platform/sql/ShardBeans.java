// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.sql;

import io.scalingtoolkit.replication.ReplicationDataSource;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.EnvironmentAware;
import org.springframework.context.annotation.ImportBeanDefinitionRegistrar;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotationMetadata;

/** A bean for the replicas of each shard, by which the starter finds them. Confined. */
final class ShardBeans implements ImportBeanDefinitionRegistrar, EnvironmentAware {

  private @org.jspecify.annotations.Nullable Environment environment;

  @Override
  public void setEnvironment(Environment environment) {
    this.environment = environment;
  }

  @Override
  public void registerBeanDefinitions(
      AnnotationMetadata importing, BeanDefinitionRegistry registry) {
    if (environment == null || !(registry instanceof BeanFactory beans)) {
      throw new IllegalStateException("Spring has not set what this needs");
    }
    Binder.get(environment)
        .bind("app.database", Bindable.of(DatabaseSettings.class))
        .get()
        .shards()
        .forEach(shard -> register(shard.word(), registry, beans));
  }

  private static void register(String name, BeanDefinitionRegistry registry, BeanFactory beans) {
    RootBeanDefinition definition =
        new RootBeanDefinition(
            ReplicationDataSource.class,
            () -> beans.getBean(ShardPools.class).shard(name).routed());
    definition.setDestroyMethodName(""); // the pools close it
    registry.registerBeanDefinition("shard-" + name, definition);
  }
}
