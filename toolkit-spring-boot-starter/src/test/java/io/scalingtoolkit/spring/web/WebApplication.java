// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.web;

import io.scalingtoolkit.spring.actuator.LimitsEndpointAutoConfiguration;
import io.scalingtoolkit.spring.address.AddressAutoConfiguration;
import io.scalingtoolkit.spring.admission.AdmissionAutoConfiguration;
import io.scalingtoolkit.spring.limit.LimitAutoConfiguration;
import io.scalingtoolkit.spring.limit.RefusalAutoConfiguration;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.security.Principal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.tomcat.autoconfigure.servlet.TomcatServletWebServerAutoConfiguration;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.boot.webmvc.autoconfigure.DispatcherServletAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.WebMvcAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.error.ErrorMvcAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.request.async.DeferredResult;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.servlet.mvc.method.annotation.StreamingResponseBody;

/** An application on a Tomcat of its own, with what limits and admission meet. Confined. */
public final class WebApplication implements AutoCloseable {
  private final ServletWebServerApplicationContext context;

  private WebApplication(ServletWebServerApplicationContext context) {
    this.context = context;
  }

  /** Starts it on a free port. */
  public static WebApplication start(String... properties) {
    return start(List.of(), properties);
  }

  /** Starts it on a free port with further configuration. */
  public static WebApplication start(List<Class<?>> more, String... properties) {
    List<Class<?>> sources = new ArrayList<>(more);
    sources.add(App.class);
    List<String> all = new ArrayList<>(List.of(properties));
    all.add("server.port=0");
    all.add("server.tomcat.connection-timeout=5m"); // longer than a client of the tests waits
    all.add("spring.main.banner-mode=off");
    all.add("logging.level.root=warn");
    return new WebApplication(
        (ServletWebServerApplicationContext)
            new SpringApplicationBuilder(sources.toArray(Class<?>[]::new))
                .web(WebApplicationType.SERVLET)
                .properties(all.toArray(String[]::new))
                .run());
  }

  public RawClient client() {
    return new RawClient(context.getWebServer().getPort(), "127.0.0.1");
  }

  public <T> T bean(Class<T> type) {
    return context.getBean(type);
  }

  @Override
  public void close() {
    context.close();
  }

  /** The application. */
  @Configuration(proxyBeanMethods = false)
  @ImportAutoConfiguration({
    TomcatServletWebServerAutoConfiguration.class,
    DispatcherServletAutoConfiguration.class,
    WebMvcAutoConfiguration.class,
    ErrorMvcAutoConfiguration.class,
    AddressAutoConfiguration.class,
    LimitAutoConfiguration.class,
    RefusalAutoConfiguration.class,
    AdmissionAutoConfiguration.class,
    LimitsEndpointAutoConfiguration.class
  })
  static class App {
    @Bean
    Handlers handlers() {
      return new Handlers();
    }

    @Bean
    TestUsers testUsers() {
      return new TestUsers();
    }
  }

  /** Stands for security: the user is who the header says. */
  @Order(-100)
  static final class TestUsers extends OncePerRequestFilter {
    @Override
    protected void doFilterInternal(
        HttpServletRequest request, HttpServletResponse response, FilterChain chain)
        throws IOException, ServletException {
      String user = request.getHeader("Test-User");
      Principal principal = () -> user;
      chain.doFilter(
          new HttpServletRequestWrapper(request) {
            @Override
            public Principal getUserPrincipal() {
              return user == null ? null : principal;
            }
          },
          response);
    }
  }

  /** What there is to call. */
  @RestController
  public static class Handlers {
    public final AtomicInteger calls = new AtomicInteger();
    public final BlockingQueue<DeferredResult<String>> deferred = new LinkedBlockingQueue<>();
    public volatile CountDownLatch gate = new CountDownLatch(0);

    @GetMapping({"/", "/items", "/items/{id}"})
    String get(@PathVariable(required = false) String id) {
      calls.incrementAndGet();
      return "item " + id;
    }

    @PostMapping("/items")
    String post(@RequestBody String body) {
      calls.incrementAndGet();
      return "got " + body.length();
    }

    @RequestMapping("/any")
    String any() {
      return "any";
    }

    @GetMapping("/blocked")
    String blocked() throws InterruptedException {
      calls.incrementAndGet();
      return gate.await(20, TimeUnit.SECONDS) ? "ok" : "gave up";
    }

    @GetMapping("/callable")
    Callable<String> callable() {
      calls.incrementAndGet();
      return () -> gate.await(20, TimeUnit.SECONDS) ? "ok" : "gave up";
    }

    @GetMapping("/deferred")
    DeferredResult<String> deferred() {
      DeferredResult<String> result = new DeferredResult<>(20_000L);
      deferred.add(result);
      return result;
    }

    @GetMapping("/times-out")
    DeferredResult<String> timesOut() {
      return new DeferredResult<>(1L);
    }

    @GetMapping("/stream")
    StreamingResponseBody stream(HttpServletResponse response) {
      return out -> {
        out.write("first ".getBytes());
        out.flush();
        response.flushBuffer();
        try {
          gate.await(20, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
        out.write("last".getBytes());
      };
    }

    @GetMapping("/fails")
    String fails() {
      throw new IllegalStateException("as it is asked to");
    }

    @GetMapping("/busy")
    String busy(HttpServletResponse response) {
      response.setStatus(503);
      return "busy";
    }

    @GetMapping("/where")
    String where(HttpServletRequest request) {
      return request.getRemoteAddr()
          + " "
          + request.getDispatcherType().equals(DispatcherType.REQUEST);
    }
  }
}
