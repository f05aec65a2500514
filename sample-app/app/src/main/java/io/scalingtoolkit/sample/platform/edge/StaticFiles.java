// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.edge;

import io.scalingtoolkit.cache.http.EntityTag;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/**
 * The files of the page that the application brings along. They change with the application only,
 * so a cache in front forgets them when it starts. Thread-safe.
 */
@Configuration(proxyBeanMethods = false)
class StaticFiles implements WebMvcConfigurer, ApplicationListener<ApplicationReadyEvent> {

  private static final String TAG = "static";
  private static final String INDEX = "/index.html";

  private final Edge edge;

  /**
   * By path. Weak if this application compresses them. Behind a cache, that is left to it: what is
   * compressed here varies, and nginx cannot purge what varies. Tomcat leaves what has a strong tag
   * as it is.
   */
  private final Map<String, EntityTag> files = new HashMap<>();

  StaticFiles(Edge edge) throws IOException {
    this.edge = edge;
    for (Resource file :
        new PathMatchingResourcePatternResolver().getResources("classpath:/static/*")) {
      EntityTag content = EntityTag.ofBytes(file.getContentAsByteArray());
      files.put("/" + file.getFilename(), edge.isTold() ? content : content.asWeak());
    }
    EntityTag index = files.get(INDEX);
    if (index != null) {
      files.put("/", index);
    }
  }

  @Override
  public void addInterceptors(InterceptorRegistry registry) {
    registry
        .addInterceptor(
            new HandlerInterceptor() {
              @Override
              public boolean preHandle(
                  HttpServletRequest request, HttpServletResponse response, Object handler) {
                return !isKnown(request, response);
              }
            })
        .addPathPatterns("/", "/*");
  }

  private boolean isKnown(HttpServletRequest request, HttpServletResponse response) {
    EntityTag content = files.get(request.getRequestURI());
    boolean isRead = request.getMethod().equals("GET") || request.getMethod().equals("HEAD");
    return content != null && isRead && edge.answer(request, response, content, TAG);
  }

  @Override
  public void onApplicationEvent(ApplicationReadyEvent event) {
    edge.changed(TAG, files.keySet());
  }
}
