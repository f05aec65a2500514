// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.web;

import java.util.regex.Pattern;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.server.RequestPath;
import org.springframework.web.servlet.config.annotation.ApiVersionConfigurer;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/** API versions by path segment; a path without the segment means the default version. */
@Configuration(proxyBeanMethods = false)
class WebConfiguration implements WebMvcConfigurer {

  private static final Pattern VERSIONED = Pattern.compile("/api/v[0-9]+(/.*)?");

  @Override
  public void configureApiVersioning(ApiVersionConfigurer versions) {
    versions
        .usePathSegment(1, WebConfiguration::isVersioned)
        .setVersionRequired(false)
        .setDefaultVersion(ApiPaths.V1)
        .addSupportedVersions(ApiPaths.V1);
  }

  private static boolean isVersioned(RequestPath path) {
    return VERSIONED.matcher(path.pathWithinApplication().value()).matches();
  }
}
