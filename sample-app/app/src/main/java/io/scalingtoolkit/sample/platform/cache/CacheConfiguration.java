// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.cache;

import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.context.annotation.Configuration;

/** Has the starter make its caches, from phase 2 on; the settings alone decide. */
@Configuration(proxyBeanMethods = false)
@EnableCaching
@ConditionalOnBooleanProperty("toolkit.cache.enabled")
class CacheConfiguration {}
