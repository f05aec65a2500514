// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.web;

import org.springframework.boot.jackson.autoconfigure.JsonFactoryBuilderCustomizer;
import org.springframework.boot.jackson.autoconfigure.JsonMapperBuilderCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.cfg.DateTimeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;

/**
 * Strict JSON for every body: unknown fields, duplicate keys, trailing text and silent conversions
 * between types are errors.
 */
@Configuration(proxyBeanMethods = false)
class JsonConfiguration {

  /** Deeper input is refused while it is read; far above the 32 levels an item may have. */
  private static final int DEEPEST = 200;

  @Bean
  JsonFactoryBuilderCustomizer boundedJson() {
    return builder ->
        builder.streamReadConstraints(
            StreamReadConstraints.builder()
                .maxNestingDepth(DEEPEST)
                .maxNumberLength(RequestBody.LIMIT_BYTES)
                .maxNameLength(RequestBody.LIMIT_BYTES)
                .build());
  }

  @Bean
  JsonMapperBuilderCustomizer strictJson() {
    return JsonConfiguration::makeStrict;
  }

  static void makeStrict(JsonMapper.Builder builder) {
    builder
        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
        .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
        .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
        .disable(DateTimeFeature.WRITE_DATES_AS_TIMESTAMPS)
        .addModule(
            new SimpleModule("strict-text")
                .addDeserializer(String.class, new StrictStringReader())
                .addDeserializer(JsonText.class, new JsonTextReader())
                .addSerializer(JsonText.class, new JsonTextWriter()));
  }
}
