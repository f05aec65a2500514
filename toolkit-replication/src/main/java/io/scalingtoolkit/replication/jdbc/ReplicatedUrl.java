// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.jdbc;

import io.scalingtoolkit.core.balance.Balancer;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A URL of {@link ReplicationDriver} taken apart; immutable.
 *
 * @param product behind all nodes
 * @param hosts with their ports; the first is the primary
 * @param database its name as it stands in the URL, empty for none
 * @param options parameters of the toolkit, decoded, without their prefix
 * @param parameters of the product's driver, as they stand in the URL
 */
record ReplicatedUrl(
    Product product,
    List<String> hosts,
    String database,
    Map<String, String> options,
    List<String> parameters) {
  static final String PREFIX = "jdbc:replicated:";
  static final String OPTION_PREFIX = "toolkit.";

  private static final Pattern SHAPE =
      Pattern.compile(
          "(?<product>[^:/]*)://(?<hosts>[^/?]*)(/(?<database>[^?]*))?(\\?(?<query>.*))?");
  private static final Pattern HOST =
      Pattern.compile("(?<name>\\[[0-9A-Fa-f:.%a-z]+]|[^\\[\\]:@\\s]+)(:(?<port>[0-9]+))?");
  private static final int MAX_PORT = 65_535;

  ReplicatedUrl {
    hosts = List.copyOf(hosts);
    options = Map.copyOf(options);
    parameters = List.copyOf(parameters);
  }

  static boolean isOne(String url) {
    return url.startsWith(PREFIX);
  }

  /**
   * Takes {@code url} apart.
   *
   * @throws IllegalArgumentException naming the part that is wrong; never with the parameters of
   *     the product, among which is the password
   */
  static ReplicatedUrl parse(String url) {
    Matcher parts = SHAPE.matcher(url.substring(PREFIX.length()));
    if (!parts.matches()) {
      throw new IllegalArgumentException(
          "the URL must look like " + PREFIX + "postgresql://primary:5432,replica:5432/database");
    }
    Product product = Product.of(parts.group("product"));
    Map<String, String> options = new LinkedHashMap<>();
    List<String> parameters = new ArrayList<>();
    String query = parts.group("query");
    for (String parameter : query == null ? new String[0] : query.split("&", -1)) {
      if (parameter.startsWith(OPTION_PREFIX)) {
        addOption(parameter.substring(OPTION_PREFIX.length()), options);
      } else if (!parameter.isEmpty()) {
        parameters.add(parameter);
      }
    }
    String database = parts.group("database");
    return new ReplicatedUrl(
        product,
        hosts(parts.group("hosts"), product),
        database == null ? "" : database,
        options,
        parameters);
  }

  private static void addOption(String parameter, Map<String, String> options) {
    int equals = parameter.indexOf('=');
    String name = equals < 0 ? parameter : parameter.substring(0, equals);
    if (equals < 0) {
      throw new IllegalArgumentException(OPTION_PREFIX + name + " must have a value");
    }
    String value = URLDecoder.decode(parameter.substring(equals + 1), StandardCharsets.UTF_8);
    if (options.put(name, value) != null) {
      throw new IllegalArgumentException(OPTION_PREFIX + name + " must be given once");
    }
  }

  private static List<String> hosts(String text, Product product) {
    if (text.isEmpty()) {
      throw new IllegalArgumentException(
          "the URL must name at least one host between // and /, the primary first");
    }
    List<String> hosts = new ArrayList<>();
    for (String each : text.split(",", -1)) {
      String host = host(each, product);
      if (hosts.contains(host)) {
        throw new IllegalArgumentException(
            "each host must be named once, but " + host + " is twice");
      }
      hosts.add(host);
    }
    if (hosts.size() > Balancer.MAX_TARGETS) {
      throw new IllegalArgumentException(
          "there must be at most " + Balancer.MAX_TARGETS + " hosts, were " + hosts.size());
    }
    return hosts;
  }

  private static String host(String text, Product product) {
    Matcher parts = HOST.matcher(text);
    if (!parts.matches()) {
      throw new IllegalArgumentException(
          "a host must be name, name:port, or [IPv6]:port, was \"" + text + "\"");
    }
    String digits = parts.group("port");
    if (digits == null) {
      return parts.group("name") + ":" + product.defaultPort();
    }
    int port = digits.length() > 5 ? 0 : Integer.parseInt(digits);
    if (port < 1 || port > MAX_PORT) {
      throw new IllegalArgumentException(
          "the port of " + parts.group("name") + " must be 1 to 65535, was " + digits);
    }
    return parts.group("name") + ":" + port;
  }

  /** Returns the URL of one node for the product's driver. */
  String nodeUrl(int node) {
    return "jdbc:"
        + product.scheme()
        + "://"
        + hosts.get(node)
        + "/"
        + database
        + (parameters.isEmpty() ? "" : "?" + String.join("&", parameters));
  }

  /** Leaves out what may be secret. */
  @Override
  public String toString() {
    return PREFIX + product.scheme() + "://" + String.join(",", hosts) + "/" + database;
  }
}
