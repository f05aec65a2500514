// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.limit;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.core.ratelimit.RateLimit;
import io.scalingtoolkit.spring.web.RawClient;
import io.scalingtoolkit.spring.web.RawClient.Answer;
import io.scalingtoolkit.spring.web.WebApplication;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.greenbytes.http.sfv.Parser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Limits in front of an application on a real Tomcat. */
class LimitsOverHttpTest {
  private static final String[] TWO_AN_HOUR = {
    "toolkit.limits.policies.ip.permits=2",
    "toolkit.limits.policies.ip.period=1h",
    "toolkit.limits.policies.ip.key=ip"
  };

  private static String[] with(String[] properties, String... more) {
    List<String> all = new ArrayList<>(List.of(properties));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  private static int granted(RawClient client, int requests, String... headers) {
    int granted = 0;
    for (int i = 0; i < requests; i++) {
      granted += client.get("/items", headers).status() == 200 ? 1 : 0;
    }
    return granted;
  }

  @Test
  void answer_tellsWhatIsLeft_andARefusalIsAProblemDocument() {
    try (WebApplication app = WebApplication.start(TWO_AN_HOUR)) {
      Answer first = app.client().get("/items/1");
      app.client().get("/items/2");
      Answer refused = app.client().get("/items/3");
      Answer head = app.client().send("HEAD", "/items/3", "");

      assertThat(first.status()).isEqualTo(200);
      assertThat(first.header("RateLimit-Policy")).isEqualTo("\"ip\";q=2;w=3600");
      assertThat(first.header("RateLimit")).isEqualTo("\"ip\";r=1;t=1800");
      assertThat(new Parser(first.header("RateLimit")).parseList().get()).hasSize(1);
      assertThat(refused.status()).isEqualTo(429);
      assertThat(refused.header("RateLimit")).isEqualTo("\"ip\";r=0;t=1800");
      assertThat(refused.header("Retry-After")).isEqualTo("1800");
      assertThat(refused.header("Content-Type")).isEqualTo("application/problem+json");
      assertThat(refused.body())
          .isEqualTo(
              "{\"type\":\"https://iana.org/assignments/http-problem-types#quota-exceeded\","
                  + "\"title\":\"Request cannot be satisfied as assigned quota has been exceeded\","
                  + "\"status\":429,\"detail\":\"Try again in 1800 s.\","
                  + "\"violated-policies\":[\"ip\"]}");
      assertThat(head.status()).isEqualTo(429);
      assertThat(head.body()).isEmpty();
      assertThat(app.bean(WebApplication.Handlers.class).calls).hasValue(2);
    }
  }

  @Test
  void forgedHeaders_buyNothing() {
    try (WebApplication app = WebApplication.start(TWO_AN_HOUR)) {
      int granted = 0;
      for (int i = 0; i < 20; i++) {
        granted +=
            granted(
                app.client(),
                1,
                "X-Forwarded-For",
                "203.0.113." + i,
                "Forwarded",
                "for=203.0.113." + i,
                "X-Real-IP",
                "203.0.113." + i,
                "X-Client-IP",
                "203.0.113." + i,
                "True-Client-IP",
                "203.0.113." + i);
      }

      assertThat(granted).isEqualTo(2);
      assertThat(granted(app.client().from("127.0.0.9"), 5)).as("another client").isEqualTo(2);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"framework", "native", "none"})
  void forwardHeadersStrategy_ofTheApplication_makesNoHeaderBelieved(String strategy) {
    try (WebApplication app =
        WebApplication.start(with(TWO_AN_HOUR, "server.forward-headers-strategy=" + strategy))) {
      int granted = 0;
      for (int i = 0; i < 10; i++) {
        granted +=
            granted(
                app.client(),
                1,
                "X-Forwarded-For",
                "203.0.113." + i,
                "X-Forwarded-Proto",
                "https",
                "Forwarded",
                "for=203.0.113." + i);
      }

      assertThat(granted).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"framework", "native", "none"})
  void trustedProxy_isBelievedAsFarAsItWrote(String strategy) {
    try (WebApplication app =
        WebApplication.start(
            with(
                TWO_AN_HOUR,
                "server.forward-headers-strategy=" + strategy,
                "toolkit.client-address.trusted-proxies=127.0.0.2,10.0.0.0/8"))) {
      RawClient proxy = app.client().from("127.0.0.2");

      for (int i = 0; i < 5; i++) {
        int expected = i < 2 ? 200 : 429;
        // Each request claims to come from somebody else; the proxies add who it was.
        String claimed = "203.0.113." + i + ", 198.51.100.1, 10.0.0.7";
        assertThat(proxy.get("/items", "X-Forwarded-For", claimed).status()).isEqualTo(expected);
      }
      assertThat(granted(proxy, 5, "X-Forwarded-For", "198.51.100.2")).isEqualTo(2);
      assertThat(granted(app.client().from("127.0.0.3"), 5, "X-Forwarded-For", "198.51.100.3"))
          .as("not through the proxy")
          .isEqualTo(2);
      assertThat(
              app.client().from("127.0.0.3").get("/items", "X-Forwarded-For", "9.9.9.9").status())
          .isEqualTo(429);
    }
  }

  @Test
  void policy_forAPath_holdsForEachSpellingThatReachesTheHandler() {
    try (WebApplication app =
        WebApplication.start(
            with(
                TWO_AN_HOUR,
                "toolkit.limits.policies.ip.paths=/items",
                "toolkit.limits.policies.ip.methods=post,get"))) {
      RawClient client = app.client();
      List<String> spellings =
          List.of("/items", "/%69tems", "/items;x=1", "/items?x=1", "/ite%6Ds;y", "/items");

      List<Integer> statuses = new ArrayList<>();
      for (String spelling : spellings) {
        statuses.add(client.get(spelling).status());
      }

      assertThat(statuses).containsExactly(200, 200, 429, 429, 429, 429);
      assertThat(client.send("HEAD", "/items", "").status()).as("HEAD is GET").isEqualTo(429);
      assertThat(client.get("/items/1").status()).as("another path").isEqualTo(200);
      assertThat(client.get("/items/1").header("RateLimit")).isNull();
    }
  }

  @Test
  void policiesOfUserAndRoute_countUsersAndHandlers() {
    try (WebApplication app =
        WebApplication.start(
            "toolkit.limits.policies.route.permits=2",
            "toolkit.limits.policies.route.period=1h",
            "toolkit.limits.policies.route.key=user,route",
            "toolkit.limits.policies.ip.permits=50",
            "toolkit.limits.policies.ip.period=1h",
            "toolkit.limits.policies.ip.key=ip")) {
      RawClient client = app.client();

      assertThat(client.get("/items/1", "Test-User", "ada").status()).isEqualTo(200);
      assertThat(client.get("/items/2", "Test-User", "ada").header("RateLimit"))
          .isEqualTo("\"ip\";r=48;t=72, \"route\";r=0;t=1800");
      Answer refused = client.get("/items/3", "Test-User", "ada");
      assertThat(refused.status()).isEqualTo(429);
      assertThat(refused.body()).contains("\"violated-policies\":[\"route\"]");
      assertThat(client.get("/", "Test-User", "ada").status()).as("another route").isEqualTo(200);
      assertThat(client.get("/items/1", "Test-User", "bob").status()).isEqualTo(200);
      assertThat(granted(client, 5)).as("nobody, by address").isEqualTo(2);
      assertThat(client.get("/items/1", "Test-User", "127.0.0.1").status())
          .as("a user who is called like an address")
          .isEqualTo(200);
    }
  }

  @Test
  void policyOfARoute_cannotBeMultipliedByMethods() {
    try (WebApplication app =
        WebApplication.start(
            "toolkit.limits.policies.route.permits=2",
            "toolkit.limits.policies.route.period=1h",
            "toolkit.limits.policies.route.key=ip,route")) {
      RawClient client = app.client();
      assertThat(granted(client, 3)).isEqualTo(2);
      assertThat(client.send("HEAD", "/items", "").status()).as("HEAD is GET").isEqualTo(429);

      List<Integer> invented = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        invented.add(client.send("MADEUP" + i, "/any", "").status());
      }
      assertThat(invented).containsExactly(200, 200, 429, 429);
    }
  }

  @Test
  void policyOfAUser_holdsForAHandlerThatAFilterForwardsTo() {
    try (WebApplication app =
        WebApplication.start(
            List.of(Forwarding.class),
            "toolkit.limits.policies.user.permits=2",
            "toolkit.limits.policies.user.period=1h",
            "toolkit.limits.policies.user.key=user")) {
      List<Integer> statuses = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        statuses.add(app.client().get("/short").status());
      }
      assertThat(statuses).containsExactly(200, 200, 429);
    }
  }

  /** A filter that gives a handler another path. */
  @Configuration(proxyBeanMethods = false)
  static class Forwarding {
    @Bean
    Filter forwarding() {
      return (request, response, chain) -> {
        if (((HttpServletRequest) request).getRequestURI().equals("/short")) {
          request.getRequestDispatcher("/items").forward(request, response);
        } else {
          chain.doFilter(request, response);
        }
      };
    }
  }

  @Test
  void asynchronousAnswersAndErrors_areAskedOnce() {
    try (WebApplication app =
        WebApplication.start(
            "toolkit.limits.policies.user.permits=3",
            "toolkit.limits.policies.user.period=1h",
            "toolkit.limits.policies.user.key=user")) {
      assertThat(app.client().get("/callable").status()).isEqualTo(200);
      assertThat(app.client().get("/fails").status()).isEqualTo(500);
      assertThat(app.client().get("/items").status()).isEqualTo(200);
      assertThat(app.client().get("/items").status()).isEqualTo(429);
    }
  }

  @Test
  void refusal_ofAPost_doesNotWaitForItsBody() {
    try (WebApplication app = WebApplication.start(TWO_AN_HOUR)) {
      granted(app.client(), 2);

      Answer refused = app.client().sendHeadOnly("POST", "/items", 50_000_000);

      assertThat(refused.status()).isEqualTo(429);
    }
  }

  @Test
  void concurrentRequests_areNeverMoreThanTheLimit() throws Exception {
    int limit = 37;
    try (WebApplication app =
        WebApplication.start(
            "toolkit.limits.policies.ip.permits=" + limit,
            "toolkit.limits.policies.ip.period=24h",
            "toolkit.limits.policies.ip.key=ip")) {
      ExecutorService pool = Executors.newFixedThreadPool(8);
      CountDownLatch start = new CountDownLatch(1);
      try {
        List<Future<Integer>> counts = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
          counts.add(
              pool.submit(
                  () -> {
                    start.await();
                    return granted(app.client(), 20);
                  }));
        }
        start.countDown();
        int granted = 0;
        for (Future<Integer> count : counts) {
          granted += count.get(60, TimeUnit.SECONDS);
        }

        assertThat(granted).isEqualTo(limit);
      } finally {
        pool.shutdownNow();
      }
    }
  }

  @Test
  void replace_atRunTime_holdsForTheNextRequest() {
    try (WebApplication app = WebApplication.start(TWO_AN_HOUR)) {
      assertThat(granted(app.client(), 5)).isEqualTo(2);

      app.bean(LimitPolicies.class)
          .replace(
              List.of(
                  new LimitPolicy(
                      "ip",
                      RateLimit.of(5).per(Duration.ofHours(1)),
                      List.of("ip"),
                      List.of(),
                      Set.of(),
                      false)));

      assertThat(granted(app.client(), 10)).as("two of five are spent").isEqualTo(3);
      app.bean(LimitPolicies.class).reload();
      assertThat(app.client().get("/items").header("RateLimit-Policy"))
          .isEqualTo("\"ip\";q=2;w=3600");
    }
  }

  @Test
  void limits_thatAreOff_areNotThere() {
    try (WebApplication app =
        WebApplication.start(with(TWO_AN_HOUR, "toolkit.limits.enabled=false"))) {
      assertThat(granted(app.client(), 5)).isEqualTo(5);
    }
  }

  /** A servlet of the application's own, which the container finds by the path as it reads it. */
  @Configuration(proxyBeanMethods = false)
  static class OldServlet {
    @Bean
    ServletRegistrationBean<HttpServlet> old() {
      HttpServlet servlet =
          new HttpServlet() {
            private static final long serialVersionUID = 1L;

            @Override
            protected void doGet(HttpServletRequest request, HttpServletResponse response) {
              response.setStatus(200);
            }
          };
      return new ServletRegistrationBean<>(servlet, "/old/*");
    }
  }

  @Test
  void servletOfItsOwn_isLimitedHoweverItsPathIsSpelled() {
    try (WebApplication app =
        WebApplication.start(
            List.of(OldServlet.class),
            with(TWO_AN_HOUR, "toolkit.limits.policies.ip.paths=/old/**"))) {
      int granted = 0;
      for (String path :
          List.of("/old/x", "//old/x", "/./old/x", "/x/../old/x", "/;a/old/x", "/%6fld/x")) {
        granted += app.client().get(path).status() == 200 ? 1 : 0;
      }

      assertThat(granted).isEqualTo(2);
      assertThat(app.client().get("/items").status()).isEqualTo(200);
    }
  }
}
