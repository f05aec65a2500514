// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The exact headers of policies, and that nobody's own data become public. */
final class HttpCachePolicyTest {
  private static final Purger PURGER = purge -> new CompletableFuture<>();
  private static final EntityTag TAG = EntityTag.ofVersion(31);

  private static HeaderSource headers(String... namesAndValues) {
    return name -> {
      List<String> values = new ArrayList<>();
      for (int i = 0; i < namesAndValues.length; i += 2) {
        if (namesAndValues[i].equalsIgnoreCase(name)) {
          values.add(namesAndValues[i + 1]);
        }
      }
      return values;
    };
  }

  private static HttpAnswer get(HttpCachePolicy policy) {
    return policy.answer("GET", HeaderSource.none(), HeaderSource.none(), TAG);
  }

  /** A row: what the policy is, and the headers it gives, in this order. */
  private static Arguments row(HttpCachePolicyBuilder policy, String... headers) {
    Map<String, String> expected = new LinkedHashMap<>();
    for (String header : headers) {
      String[] parts = header.split(": ", 2);
      expected.put(parts[0], parts[1]);
    }
    return Arguments.of(policy.build(), expected);
  }

  private static Stream<Arguments> vectors() {
    return Stream.of(
        row(
            HttpCachePolicy.forEverybody(),
            "Cache-Control: public, max-age=0, s-maxage=3",
            "CDN-Cache-Control: max-age=3",
            "ETag: \"1f\""),
        row(
            HttpCachePolicy.forEverybody().purgedBy(PURGER),
            "Cache-Control: public, max-age=0, s-maxage=3600",
            "CDN-Cache-Control: max-age=3600",
            "ETag: \"1f\""),
        row(
            HttpCachePolicy.forEverybody()
                .purgedBy(PURGER)
                .bound(Duration.ofSeconds(10))
                .maxAge(Duration.ofSeconds(4))
                .sharedMaxAge(Duration.ofDays(1))
                .staleWhileRevalidate(Duration.ofSeconds(5))
                .staleIfError(Duration.ofMinutes(10)),
            "Cache-Control: public, max-age=4, s-maxage=86400, stale-while-revalidate=5,"
                + " stale-if-error=6",
            "CDN-Cache-Control: max-age=86400, stale-while-revalidate=5, stale-if-error=600",
            "ETag: \"1f\""),
        row(
            HttpCachePolicy.forEverybody()
                .bound(Duration.ofSeconds(10))
                .sharedMaxAge(Duration.ofSeconds(4))
                .staleWhileRevalidate(Duration.ofSeconds(5))
                .staleIfError(Duration.ofMinutes(10)),
            "Cache-Control: public, max-age=0, s-maxage=4, stale-while-revalidate=5,"
                + " stale-if-error=10",
            "CDN-Cache-Control: max-age=4, stale-while-revalidate=5, stale-if-error=6",
            "ETag: \"1f\""),
        row(
            HttpCachePolicy.forEverybody().purgedBy(PURGER).mustRevalidate(),
            "Cache-Control: public, max-age=0, s-maxage=3600, must-revalidate",
            "CDN-Cache-Control: max-age=3600, must-revalidate",
            "ETag: \"1f\""),
        row(
            HttpCachePolicy.forEverybody()
                .purgedBy(PURGER)
                .tags("shop", "product-7")
                .cacheGroups()
                .vary("Accept-Language", "Accept-Encoding"),
            "Cache-Control: public, max-age=0, s-maxage=3600",
            "CDN-Cache-Control: max-age=3600",
            "Surrogate-Key: shop product-7",
            "Cache-Groups: \"shop\", \"product-7\"",
            "Vary: Accept-Encoding, Accept-Language",
            "ETag: \"1f\""),
        row(
            HttpCachePolicy.forEverybody()
                .purgedBy(PURGER)
                .tagHeader(TagHeader.CACHE_TAG)
                .tags("shop", "product-7"),
            "Cache-Control: public, max-age=0, s-maxage=3600",
            "CDN-Cache-Control: max-age=3600",
            "Cache-Tag: shop,product-7",
            "ETag: \"1f\""),
        row(
            HttpCachePolicy.forOneUser()
                .purgedBy(PURGER)
                .tags("user-7")
                .cacheGroups()
                .bound(Duration.ofMinutes(1))
                .maxAge(Duration.ofSeconds(30)),
            "Cache-Control: private, max-age=30",
            "ETag: \"1f\""),
        row(
            HttpCachePolicy.forOneUser().mustRevalidate(),
            "Cache-Control: private, max-age=0, must-revalidate",
            "ETag: \"1f\""));
  }

  @ParameterizedTest
  @MethodSource("vectors")
  void answer_ofEachPolicy_hasExactlyTheseHeaders(
      HttpCachePolicy policy, Map<String, String> expected) {
    assertThat(get(policy).headers().entrySet())
        .as("in this order")
        .containsExactlyElementsOf(expected.entrySet());
    assertThat(get(policy).status()).isEqualTo(200);
  }

  @Test
  void forNobody_says_thatNothingIsStored() {
    assertThat(get(HttpCachePolicy.forNobody()).headers())
        .isEqualTo(Map.of("Cache-Control", "no-store"));
  }

  @Test
  void tags_withQuotesAndBackslashes_areEscapedInStructuredFields() {
    HttpCachePolicy policy = HttpCachePolicy.forEverybody().cacheGroups().tags("a\"b\\c").build();

    assertThat(get(policy).headers())
        .containsEntry("Surrogate-Key", "a\"b\\c")
        .containsEntry("Cache-Groups", "\"a\\\"b\\\\c\"");
    assertThat(HttpCachePolicy.afterWrite(List.of("a\"b\\c", "d")))
        .containsExactly(
            Map.entry("Cache-Control", "no-store"),
            Map.entry("Cache-Group-Invalidation", "\"a\\\"b\\\\c\", \"d\""));
    assertThat(HttpCachePolicy.afterWrite(List.of())).containsOnlyKeys("Cache-Control");
  }

  private static Stream<Arguments> onesOwn() {
    return Stream.of(
        Arguments.of(headers("authorization", "Bearer x"), HeaderSource.none()),
        Arguments.of(headers("Authorization", ""), HeaderSource.none()),
        Arguments.of(HeaderSource.none(), headers("Set-Cookie", "id=7")),
        Arguments.of(headers("Authorization", "Basic x"), headers("Set-Cookie", "id=7")),
        Arguments.of(HeaderSource.none(), headers("Cache-Control", "max-age=1, private")),
        Arguments.of(HeaderSource.none(), headers("Cache-Control", "Private=\"Set-Cookie\"")),
        Arguments.of(HeaderSource.none(), headers("Cache-Control", "no-cache, no-store")),
        Arguments.of(HeaderSource.none(), headers("Vary", "Accept, *")));
  }

  @ParameterizedTest
  @MethodSource("onesOwn")
  void answer_toOneUser_isStoredByNobodyWhateverThePolicySays(
      HeaderSource request, HeaderSource response) {
    HeaderSource conditional =
        name -> name.equals("If-None-Match") ? List.of("*") : request.values(name);
    List<HttpCachePolicyBuilder> policies =
        List.of(
            HttpCachePolicy.forEverybody(),
            HttpCachePolicy.forEverybody().purgedBy(PURGER).tags("a").cacheGroups(),
            HttpCachePolicy.forEverybody()
                .purgedBy(PURGER)
                .staleWhileRevalidate(Duration.ofDays(1))
                .vary("Accept"),
            HttpCachePolicy.forEverybody().mustRevalidate());
    for (HttpCachePolicyBuilder policy : policies) {
      HttpAnswer answer = policy.build().answer("GET", conditional, response, TAG);

      assertThat(answer.headers()).isEqualTo(Map.of("Cache-Control", "private, no-store"));
      assertThat(answer.isNotModified()).as("a 304 would be for somebody else's").isFalse();
    }
  }

  @ParameterizedTest
  @MethodSource("onesOwn")
  void answer_ofPrivateOrNoPolicy_neverHasHeadersForSharedCaches(
      HeaderSource request, HeaderSource response) {
    for (HttpCachePolicy policy :
        List.of(
            HttpCachePolicy.forOneUser().purgedBy(PURGER).tags("a").cacheGroups().build(),
            HttpCachePolicy.forNobody())) {
      Map<String, String> headers = policy.answer("GET", request, response, TAG).headers();

      assertThat(headers)
          .doesNotContainKeys("CDN-Cache-Control", "Surrogate-Key", "Cache-Tag", "Cache-Groups");
      assertThat(headers.get("Cache-Control")).doesNotContain("public", "s-maxage");
    }
  }

  @Test
  void answer_withoutSigns_isPublicThoughHeadersLookAlike() {
    HttpAnswer answer =
        HttpCachePolicy.forEverybody()
            .build()
            .answer(
                "GET",
                headers("Cookie", "theme=dark", "Accept", "*/*"),
                headers("Vary", "Accept", "Cache-Control", "private-ish=1"),
                TAG);

    assertThat(answer.headers().get("Cache-Control")).startsWith("public");
  }

  @Test
  void vary_ofPolicyAndAnswer_isMergedWithoutRegardToCase() {
    HttpCachePolicy policy = HttpCachePolicy.forEverybody().vary("Accept", "Origin").build();

    assertThat(
            policy
                .answer(
                    "GET", HeaderSource.none(), headers("vary", "origin, X-A", "Vary", "x-a"), TAG)
                .headers())
        .containsEntry("Vary", "origin, X-A, Accept");
  }

  @Test
  void answer_toWhoHasIt_is304WithTheHeadersOfA200() {
    HttpCachePolicy policy =
        HttpCachePolicy.forEverybody().purgedBy(PURGER).vary("Accept").tags("a").build();
    for (String method : List.of("GET", "HEAD")) {
      HttpAnswer known =
          policy.answer(method, headers("If-None-Match", "W/\"1f\""), HeaderSource.none(), TAG);

      assertThat(known.status()).isEqualTo(304);
      assertThat(known.isNotModified()).isTrue();
      assertThat(known.headers()).isEqualTo(get(policy).headers()).containsKey("ETag");
      assertThat(
              policy
                  .answer(method, headers("If-None-Match", "\"1e\""), HeaderSource.none(), TAG)
                  .status())
          .isEqualTo(200);
      assertThat(
              policy
                  .answer(method, headers("If-None-Match", "*"), HeaderSource.none(), null)
                  .status())
          .as("no tag, no 304")
          .isEqualTo(200);
    }
  }

  @Test
  void answer_toAnotherMethod_isRefused() {
    assertThatThrownBy(
            () ->
                HttpCachePolicy.forNobody()
                    .answer("PUT", HeaderSource.none(), HeaderSource.none(), null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("method must be GET or HEAD, was PUT");
  }

  @Test
  void longestShared_withoutPurger_isTheBound() {
    HttpCachePolicyBuilder generous =
        HttpCachePolicy.forEverybody()
            .bound(Duration.ofSeconds(9))
            .staleWhileRevalidate(Duration.ofHours(1))
            .staleIfError(Duration.ofHours(2));

    assertThat(generous.build().longestShared()).isEqualTo(Duration.ofSeconds(9));
    assertThat(generous.purgedBy(PURGER).build().longestShared()).isEqualTo(Duration.ofHours(3));
    assertThat(HttpCachePolicy.forOneUser().build().longestShared()).isEqualTo(Duration.ZERO);
  }

  @Test
  void tagged_policy_isAnotherOne() {
    HttpCachePolicy policy = HttpCachePolicy.forEverybody().tags("a").build();

    assertThat(get(policy.tagged("b", "a")).headers()).containsEntry("Surrogate-Key", "a b");
    assertThat(get(policy).headers()).containsEntry("Surrogate-Key", "a");
  }

  private static Stream<Arguments> badSettings() {
    return Stream.of(
        bad(b -> b.maxAge(Duration.ofSeconds(4)), "maxAge must be at most the bound"),
        bad(b -> b.maxAge(Duration.ofMillis(1500)), "maxAge must be whole seconds, 0 to"),
        bad(b -> b.sharedMaxAge(Duration.ofSeconds(-1)), "sharedMaxAge must be whole seconds"),
        bad(b -> b.bound(Duration.ofDays(367)), "bound must be whole seconds, 0 to"),
        bad(
            b -> b.mustRevalidate().staleIfError(Duration.ofSeconds(1)),
            "mustRevalidate must not go with"),
        bad(b -> b.maxTagBytes(63), "maxTagBytes must be 64 to 16384, was 63"),
        bad(b -> b.vary("*"), "vary must be the name of a header and not *, was *"),
        bad(b -> b.vary("A\r\nB"), "vary must be the name of a header"),
        bad(b -> b.tags("a b"), "a tag must be 1 to 128 visible ASCII characters without commas"),
        bad(b -> b.tags("a,b"), "a tag must be"),
        bad(b -> b.tags(""), "a tag must be"),
        bad(b -> b.tags("a\r\nX: y"), "was \"a\\u000d\\u000aX: y\""),
        bad(b -> b.tags("\u00e4"), "was \"\\u00e4\""),
        bad(b -> b.tags("x".repeat(129)), "a tag must be"),
        bad(
            b -> b.maxTagBytes(64).tags("x".repeat(40), "y".repeat(40)),
            "tags must take at most maxTagBytes = 64 bytes together, take 81: 2 tags"));
  }

  private static Arguments bad(Consumer<HttpCachePolicyBuilder> setting, String message) {
    return Arguments.of(setting, message);
  }

  @ParameterizedTest
  @MethodSource("badSettings")
  void builder_ofWhatBreaksARule_namesIt(Consumer<HttpCachePolicyBuilder> setting, String message) {
    HttpCachePolicyBuilder builder = HttpCachePolicy.forEverybody();

    assertThatThrownBy(
            () -> {
              setting.accept(builder);
              builder.build();
            })
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }
}
