// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.replication;

import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The header and the cookie in which bookmarks travel. Immutable.
 *
 * @param header name of the header; null for none
 * @param cookie the cookie; null for none
 */
record BookmarkCarriers(@Nullable String header, @Nullable CookieForm cookie) {
  /** A client may send a header or cookie several times; more than this are not looked at. */
  static final int MAX_TEXTS = 4;

  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}");
  private static final Pattern PATH = Pattern.compile("/[\\x21-\\x3a\\x3c-\\x7e]*");

  /** What the cookie is like besides its value. Immutable. */
  record CookieForm(String name, String path, boolean secure, int maxAgeSeconds) {}

  /**
   * Returns the carriers that are set.
   *
   * @throws InvalidSettingException for the first setting that breaks a rule
   */
  static BookmarkCarriers of(ReplicationProperties.Bookmark properties) {
    ReplicationProperties.Header header = properties.header();
    ReplicationProperties.Cookie cookie = properties.cookie();
    if (!header.enabled() && !cookie.enabled()) {
      throw InvalidSettingException.withoutValue(
          "bookmark",
          "header.enabled, cookie.enabled or both must be true, or enabled false",
          null);
    }
    check("header.name", header.name(), TOKEN, "must be 1 to 64 characters of an HTTP token");
    check("cookie.name", cookie.name(), TOKEN, "must be 1 to 64 characters of an HTTP token");
    check("cookie.path", cookie.path(), PATH, "must begin with / and hold no ; and no space");
    Duration maxAge = cookie.maxAge();
    if (maxAge.toSeconds() < 1 || maxAge.toSeconds() > Integer.MAX_VALUE) {
      throw InvalidSettingException.of(
          "bookmark.cookie.max-age", "must be 1 s to " + Integer.MAX_VALUE + " s", maxAge);
    }
    return new BookmarkCarriers(
        header.enabled() ? header.name() : null,
        cookie.enabled()
            ? new CookieForm(
                cookie.name(), cookie.path(), cookie.secure(), (int) maxAge.toSeconds())
            : null);
  }

  private static void check(String property, String value, Pattern rule, String text) {
    if (!rule.matcher(value).matches()) {
      throw InvalidSettingException.of("bookmark." + property, text, value);
    }
  }

  /** Returns what the header says, at most {@value #MAX_TEXTS} texts. */
  List<String> headerTexts(HttpServletRequest request) {
    List<String> texts = new ArrayList<>();
    if (header != null) {
      Enumeration<String> values = request.getHeaders(header);
      while (values.hasMoreElements() && texts.size() < MAX_TEXTS) {
        texts.add(values.nextElement());
      }
    }
    return texts;
  }

  /** Returns what the cookie says, at most {@value #MAX_TEXTS} texts. */
  List<String> cookieTexts(HttpServletRequest request) {
    List<String> texts = new ArrayList<>();
    Cookie[] cookies = request.getCookies();
    if (cookie == null || cookies == null) {
      return texts;
    }
    for (Cookie sent : cookies) {
      if (sent.getName().equals(cookie.name()) && texts.size() < MAX_TEXTS) {
        texts.add(sent.getValue());
      }
    }
    return texts;
  }

  void setHeader(HttpServletResponse response, String text) {
    if (header != null) {
      response.setHeader(header, text);
    }
  }

  void addCookie(HttpServletResponse response, String text) {
    if (cookie != null) {
      Cookie set = new Cookie(cookie.name(), text);
      set.setPath(cookie.path());
      set.setHttpOnly(true);
      set.setSecure(cookie.secure());
      set.setMaxAge(cookie.maxAgeSeconds());
      set.setAttribute("SameSite", "Lax");
      response.addCookie(set);
    }
  }
}
