// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.http;

import io.scalingtoolkit.core.time.WallClock;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Purges a CDN by its HTTP interface; thread-safe.
 *
 * <pre>{@code
 * HttpPurger.builder("https://api.cloudflare.com/client/v4/zones/" + zone + "/purge_cache")
 *     .header("Authorization", "Bearer " + token)
 *     .tagsInBody("tags")
 *     .urlsInBody("files")
 *     .build();
 * HttpPurger.builder("https://api.fastly.com/service/" + service + "/purge")
 *     .header("Fastly-Key", token)
 *     .tagsInHeader("Surrogate-Key", " ")
 *     .build();
 * }</pre>
 *
 * <p>Any status from 200 to 299 is a confirmation.
 */
public final class HttpPurger implements Purger {
  private static final int OK = 200;
  private static final int REDIRECT = 300;

  private final String url;
  private final String method;
  private final Map<String, String> headers;
  private final @Nullable String tagsHeader;
  private final String separator;
  private final @Nullable String tagsField;
  private final @Nullable String urlsField;
  private final Duration timeout;
  private final Sender sender;

  private HttpPurger(Builder from) {
    this.url = from.url;
    this.method = from.method;
    this.headers = new LinkedHashMap<>(from.headers);
    this.tagsHeader = from.tagsHeader;
    this.separator = from.separator;
    this.tagsField = from.tagsField;
    this.urlsField = from.urlsField;
    this.timeout = from.timeout;
    this.sender = new Sender(from.client == null ? Sender.newClient() : from.client, from.wall);
  }

  /**
   * Begins a purger.
   *
   * @param url where requests go; with {@code {tag}} or {@code {url}} in it there is a request for
   *     each tag or URL, percent-encoded in its place
   * @throws IllegalArgumentException if it is not a URL
   */
  public static Builder builder(String url) {
    return new Builder(url);
  }

  @Override
  public CompletionStage<Void> purge(Purge purge) {
    boolean tagsToNowhere = !purge.tags().isEmpty() && !sendsTags();
    boolean urlsToNowhere = !purge.urls().isEmpty() && !sendsUrls();
    if (tagsToNowhere || urlsToNowhere) {
      return CompletableFuture.failedFuture(
          new PurgeException(
              PurgeException.Reason.REFUSED,
              "this purger was not told how to send "
                  + (tagsToNowhere ? "tags " + purge.tags() : "URLs " + purge.urls()),
              null));
    }
    List<Supplier<CompletionStage<Void>>> steps = new ArrayList<>();
    for (HttpRequest request : requests(purge)) {
      steps.add(
          () ->
              sender.send(
                  request,
                  response -> response.statusCode() >= OK && response.statusCode() < REDIRECT));
    }
    return Sender.inTurn(steps);
  }

  private boolean sendsTags() {
    return url.contains(Builder.TAG) || tagsHeader != null || tagsField != null;
  }

  private boolean sendsUrls() {
    return url.contains(Builder.URL) || urlsField != null;
  }

  private List<HttpRequest> requests(Purge purge) {
    List<HttpRequest> requests = new ArrayList<>();
    if (url.contains(Builder.TAG)) {
      purge.tags().forEach(tag -> requests.add(request(Builder.TAG, tag, Set.of(), Set.of())));
    } else if (url.contains(Builder.URL)) {
      purge
          .urls()
          .forEach(url -> requests.add(request(Builder.URL, url.toString(), Set.of(), Set.of())));
    } else {
      // Apart, since most interfaces take one kind in a request.
      if (!purge.tags().isEmpty()) {
        requests.add(request("", "", purge.tags(), Set.of()));
      }
      if (!purge.urls().isEmpty()) {
        requests.add(request("", "", Set.of(), purge.urls()));
      }
    }
    return requests;
  }

  private HttpRequest request(String place, String value, Set<String> tags, Set<URI> urls) {
    String target = place.isEmpty() ? url : url.replace(place, encoded(value));
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(target)).timeout(timeout);
    headers.forEach(request::header);
    if (tagsHeader != null && !tags.isEmpty()) {
      request.header(tagsHeader, String.join(separator, tags));
    }
    String body = "";
    if (tagsField != null && !tags.isEmpty()) {
      body = json(tagsField, tags);
    } else if (urlsField != null && !urls.isEmpty()) {
      body = json(urlsField, urls.stream().map(URI::toString).toList());
    }
    if (body.isEmpty()) {
      return request.method(method, HttpRequest.BodyPublishers.noBody()).build();
    }
    return request
        .header("Content-Type", "application/json")
        .method(method, HttpRequest.BodyPublishers.ofString(body))
        .build();
  }

  private static String encoded(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** An object with one list of strings of visible ASCII. */
  private static String json(String field, Collection<String> values) {
    List<String> quoted = values.stream().map(HttpPurger::quoted).toList();
    return "{" + quoted(field) + ":[" + String.join(",", quoted) + "]}";
  }

  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  /** Does not show the headers, among which are secrets. */
  @Override
  public String toString() {
    return "HttpPurger[" + method + " " + URI.create(Builder.plain(url)).getAuthority() + "]";
  }

  /** Settings of a {@link HttpPurger}. Confined. */
  public static final class Builder {
    private static final String TAG = "{tag}";
    private static final String URL = "{url}";

    private final String url;
    private final Map<String, String> headers = new LinkedHashMap<>();
    private String method = "POST";
    private @Nullable String tagsHeader;
    private String separator = " ";
    private @Nullable String tagsField;
    private @Nullable String urlsField;
    private Duration timeout = Duration.ofSeconds(5);
    private @Nullable HttpClient client;
    private WallClock wall = WallClock.system();

    private Builder(String url) {
      this.url = Objects.requireNonNull(url, "url");
      // URI.create throws by itself for what is no URI at all.
      if (URI.create(plain(url)).getHost() == null) {
        throw new IllegalArgumentException("url must have a host, was " + url);
      }
    }

    private static String plain(String url) {
      return url.replace(TAG, "tag").replace(URL, "url");
    }

    /** Sets the method, {@code POST} by default. */
    public Builder method(String name) {
      if (!name.matches("[A-Z]{1,32}")) {
        throw new IllegalArgumentException("method must be 1 to 32 capital letters, was " + name);
      }
      this.method = name;
      return this;
    }

    /** Adds a header to all requests, such as one with a key. */
    public Builder header(String name, String value) {
      HttpRequest.newBuilder().header(name, value); // throws by itself for what is none
      headers.put(name, value);
      return this;
    }

    /** Sends tags in a header. */
    public Builder tagsInHeader(String name, String between) {
      HttpRequest.newBuilder().header(name, "tag" + between + "tag");
      this.tagsHeader = name;
      this.separator = between;
      return this;
    }

    /** Sends tags as a list in a field of a JSON object. */
    public Builder tagsInBody(String field) {
      this.tagsField = Objects.requireNonNull(field, "field");
      return this;
    }

    /** Sends URLs as a list in a field of a JSON object. */
    public Builder urlsInBody(String field) {
      this.urlsField = Objects.requireNonNull(field, "field");
      return this;
    }

    /** Sets how long an answer is waited for, 1 ms to 1 minute, 5 seconds by default. */
    public Builder timeout(Duration time) {
      this.timeout = EdgePurger.checkedTimeout(time);
      return this;
    }

    /** Sets the client; one with HTTP/1.1 and without redirects by default. */
    public Builder client(HttpClient client) {
      this.client = Objects.requireNonNull(client, "client");
      return this;
    }

    Builder wall(WallClock wall) {
      this.wall = wall;
      return this;
    }

    /**
     * Makes the purger.
     *
     * @throws IllegalArgumentException if it was not told how to send tags or URLs
     */
    public HttpPurger build() {
      int places = (url.contains(TAG) ? 1 : 0) + (url.contains(URL) ? 1 : 0);
      boolean elsewhere = tagsHeader != null || tagsField != null || urlsField != null;
      if (places + (elsewhere ? 1 : 0) != 1) {
        throw new IllegalArgumentException(
            "url must have either {tag} or {url} in it, or else tags or URLs must be in a header or"
                + " the body, was "
                + url);
      }
      return new HttpPurger(this);
    }
  }
}
