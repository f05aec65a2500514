// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReplicatedUrlTest {

  @Test
  void parse_complete_takesItApart() {
    ReplicatedUrl url =
        ReplicatedUrl.parse(
            "jdbc:replicated:postgresql://db1:5433,db-2.example.org,[::1]:6000,[fe80::1%eth0]/shop"
                + "?user=app&toolkit.name=a%2Db&password=p%3Dq&toolkit.consistency=strong");

    assertThat(url.product()).isEqualTo(Product.POSTGRESQL);
    assertThat(url.hosts())
        .containsExactly("db1:5433", "db-2.example.org:5432", "[::1]:6000", "[fe80::1%eth0]:5432");
    assertThat(url.database()).isEqualTo("shop");
    assertThat(url.options()).isEqualTo(Map.of("name", "a-b", "consistency", "strong"));
    assertThat(url.nodeUrl(2))
        .isEqualTo("jdbc:postgresql://[::1]:6000/shop?user=app&password=p%3Dq");
    assertThat(url.toString()).doesNotContain("p%3Dq");
  }

  @ParameterizedTest
  @CsvSource({
    "jdbc:replicated:mariadb://a,                jdbc:mariadb://a:3306/",
    "jdbc:replicated:mysql://a/,                 jdbc:mysql://a:3306/",
    "jdbc:replicated:mysql://a/?,                jdbc:mysql://a:3306/",
    "jdbc:replicated:mysql://a/d?x,              jdbc:mysql://a:3306/d?x",
    "jdbc:replicated:mysql://a?x=1&toolkit.a=b&y=2, jdbc:mysql://a:3306/?x=1&y=2",
    "jdbc:replicated:postgresql://a:1/b/c,       jdbc:postgresql://a:1/b/c",
  })
  void nodeUrl_partsLeftOut_isTheProducts(String url, String expected) {
    assertThat(ReplicatedUrl.parse(url).nodeUrl(0)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "jdbc:replicated:oracle://a/b          | product in the URL must be one of postgresql",
        "jdbc:replicated:postgresql:a/b        | URL must look like",
        "jdbc:replicated:                      | URL must look like",
        "jdbc:replicated:postgresql:///b       | at least one host",
        "jdbc:replicated:postgresql://a,/b     | a host must be name, name:port, or [IPv6]:port",
        "jdbc:replicated:postgresql://a:x/b    | a host must be name, name:port, or [IPv6]:port",
        "jdbc:replicated:postgresql://::1/b    | a host must be name, name:port, or [IPv6]:port",
        "jdbc:replicated:postgresql://u:p@a/b  | a host must be name, name:port, or [IPv6]:port",
        "jdbc:replicated:postgresql://a:0/b    | port of a must be 1 to 65535",
        "jdbc:replicated:postgresql://a:65536/b| port of a must be 1 to 65535",
        "jdbc:replicated:postgresql://a:999999/b| port of a must be 1 to 65535",
        "jdbc:replicated:postgresql://a,a:5432/b| a:5432 is twice",
        "jdbc:replicated:postgresql://a/b?toolkit.name | toolkit.name must have a value",
        "jdbc:replicated:postgresql://a/b?toolkit.name=a&toolkit.name=b | must be given once",
      })
  void parse_wrong_saysWhat(String url, String message) {
    assertThatThrownBy(() -> ReplicatedUrl.parse(url))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void parse_moreHostsThanANodeHasNumbers_isRefused() {
    String hosts = IntStream.range(0, 65).mapToObj(i -> "h" + i).collect(Collectors.joining(","));

    assertThatThrownBy(() -> ReplicatedUrl.parse("jdbc:replicated:mysql://" + hosts + "/d"))
        .hasMessageContaining("at most 64 hosts, were 65");
  }
}
