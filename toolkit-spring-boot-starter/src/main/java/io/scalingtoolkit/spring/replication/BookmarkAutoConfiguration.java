// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.replication;

import io.micrometer.core.instrument.MeterRegistry;
import io.scalingtoolkit.core.consistency.BookmarkCodec;
import io.scalingtoolkit.core.consistency.BookmarkKey;
import io.scalingtoolkit.core.consistency.ConsistencyScope;
import io.scalingtoolkit.replication.ReplicationDataSource;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.core.task.TaskDecorator;

/**
 * Carries bookmarks over HTTP, and the scope of a request to the tasks that Boot's executors run.
 *
 * <p>Active in a servlet application with a {@link ReplicationDataSource}, unless {@code
 * toolkit.replication.bookmark.enabled} is false.
 */
@AutoConfiguration(after = ReplicationAutoConfiguration.class)
@ConditionalOnClass({ReplicationDataSource.class, Filter.class, FilterRegistrationBean.class})
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnBooleanProperty(name = "toolkit.replication.bookmark.enabled", matchIfMissing = true)
@ConditionalOnBean(ReplicationDataSource.class)
@EnableConfigurationProperties(ReplicationProperties.class)
public final class BookmarkAutoConfiguration {
  private static final Logger LOG = LoggerFactory.getLogger(BookmarkAutoConfiguration.class);

  BookmarkAutoConfiguration() {}

  @Bean
  @ConditionalOnMissingBean
  BookmarkCodec bookmarkCodec(
      ReplicationProperties properties, ObjectProvider<MeterRegistry> registry) {
    BookmarkCodec.Builder builder = BookmarkCodec.builder().discoveredTypes();
    registry.ifUnique(builder::meterRegistry);
    List<ReplicationProperties.SigningKey> keys = properties.bookmark().signingKeys();
    if (keys.isEmpty()) {
      LOG.warn(
          "Bookmarks are not signed: a client can make its own reads go to the primary. Set"
              + " toolkit.replication.bookmark.signing-keys[0].id and .secret");
    }
    for (int i = 0; i < keys.size(); i++) {
      BookmarkKey key = key("bookmark.signing-keys[" + i + "]", keys.get(i));
      if (i == 0) {
        builder.signingKey(key);
      } else {
        builder.verifyingKey(key);
      }
    }
    try {
      return builder.build();
    } catch (IllegalArgumentException e) {
      throw InvalidSettingException.withoutValue(
          "bookmark.signing-keys", String.valueOf(e.getMessage()), e);
    }
  }

  private static BookmarkKey key(String property, ReplicationProperties.SigningKey key) {
    if (key.id() == null || key.secret() == null) {
      throw InvalidSettingException.withoutValue(property, "must have an id and a secret", null);
    }
    try {
      return BookmarkKey.of(key.id(), key.secret().getBytes(StandardCharsets.UTF_8));
    } catch (IllegalArgumentException e) {
      throw InvalidSettingException.withoutValue(property, String.valueOf(e.getMessage()), e);
    }
  }

  @Bean
  @ConditionalOnMissingBean(name = "bookmarkFilterRegistration")
  FilterRegistrationBean<BookmarkFilter> bookmarkFilterRegistration(
      BookmarkCodec codec,
      ReplicationProperties properties,
      ObjectProvider<MeterRegistry> registry) {
    FilterRegistrationBean<BookmarkFilter> registration =
        new FilterRegistrationBean<>(
            new BookmarkFilter(
                codec, BookmarkCarriers.of(properties.bookmark()), registry.getIfUnique()));
    registration.setOrder(BookmarkFilter.ORDER);
    registration.setDispatcherTypes(
        EnumSet.of(DispatcherType.REQUEST, DispatcherType.ASYNC, DispatcherType.ERROR));
    return registration;
  }

  /** Boot's executors run {@code @Async} methods and what controllers return as a callable. */
  @Bean
  TaskDecorator consistencyScopeTaskDecorator() {
    return ConsistencyScope::wrap;
  }
}
