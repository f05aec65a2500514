// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.limit;

import io.scalingtoolkit.spring.InvalidPropertyException;
import jakarta.servlet.http.HttpServletRequest;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.springframework.http.server.PathContainer;
import org.springframework.http.server.RequestPath;
import org.springframework.web.util.UriUtils;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;
import org.springframework.web.util.pattern.PatternParseException;

/**
 * Which requests are meant; immutable. Paths are read as Spring MVC reads them when it looks for a
 * handler, and as the container reads them, so that another spelling of a path has the same rules.
 */
public final class PathRule {
  private static final Set<String> METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE");

  private final List<PathPattern> paths;
  private final Set<String> methods;

  /**
   * Creates one.
   *
   * @param paths patterns that {@link #check} accepts; empty for all
   * @param methods in upper case; empty for all, and GET includes HEAD
   */
  public PathRule(List<String> paths, Set<String> methods) {
    this.paths = paths.stream().map(PathPatternParser.defaultInstance::parse).toList();
    this.methods = Set.copyOf(methods);
  }

  /**
   * Checks a pattern.
   *
   * @throws InvalidPropertyException if it would match nothing or cannot be read
   */
  public static void check(String property, String path) {
    if (!path.startsWith("/")) {
      throw new InvalidPropertyException(property, "must start with a slash", path);
    }
    try {
      PathPatternParser.defaultInstance.parse(path);
    } catch (PatternParseException e) {
      throw new InvalidPropertyException(
          property, "must be a path pattern of Spring MVC: " + e.getMessage(), path);
    }
  }

  /**
   * Returns methods in upper case.
   *
   * @throws InvalidPropertyException if one is not known, and so would match nothing
   */
  public static Set<String> methods(String property, Set<String> methods) {
    Set<String> upper = new LinkedHashSet<>();
    for (String method : methods) {
      String known = method.strip().toUpperCase(Locale.ROOT);
      if (!METHODS.contains(known)) {
        throw new InvalidPropertyException(
            property, "must be of " + String.join(", ", new TreeSet<>(METHODS)), method);
      }
      upper.add(known);
    }
    return Set.copyOf(upper);
  }

  /** Returns a method for counting: HEAD is GET, and all that a client may make up are one. */
  static String known(String method) {
    return method.equals("HEAD") ? "GET" : METHODS.contains(method) ? method : "other";
  }

  /**
   * Returns the path as Spring MVC reads it, the root for one that cannot be read; and, where that
   * is another one, as the container reads it, which chooses the servlet by it.
   */
  public static List<PathContainer> pathsOf(HttpServletRequest request) {
    PathContainer path;
    try {
      path =
          RequestPath.parse(request.getRequestURI(), request.getContextPath())
              .pathWithinApplication();
    } catch (IllegalArgumentException unreadable) {
      // No handler is found for it either; what holds for all paths still holds for it.
      path = PathContainer.parsePath("/");
    }
    String info = request.getPathInfo();
    String mapped = info == null ? request.getServletPath() : request.getServletPath() + info;
    if (mapped.isEmpty() || mapped.equals(path.value())) {
      return List.of(path);
    }
    String encoded = UriUtils.encodePath(mapped, StandardCharsets.UTF_8);
    return List.of(path, PathContainer.parsePath(encoded));
  }

  /** Tells whether a request is meant in every way in which its path can be read. */
  public boolean matchesAll(String method, List<PathContainer> readings) {
    for (PathContainer path : readings) {
      if (!matches(method, path)) {
        return false;
      }
    }
    return true;
  }

  /** Tells whether a request is meant, in whichever way its path is read. */
  public boolean matches(String method, List<PathContainer> readings) {
    for (PathContainer path : readings) {
      if (matches(method, path)) {
        return true;
      }
    }
    return false;
  }

  private boolean matches(String method, PathContainer path) {
    boolean named =
        methods.isEmpty()
            || methods.contains(method)
            || (method.equals("HEAD") && methods.contains("GET"));
    if (!named) {
      return false;
    }
    if (paths.isEmpty()) {
      return true;
    }
    for (PathPattern pattern : paths) {
      if (pattern.matches(path)) {
        return true;
      }
    }
    return false;
  }
}
