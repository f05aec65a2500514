// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.DriverPropertyInfo;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReplicationDriverTest {
  private static final String URL = "jdbc:replicated:postgresql://a,b/shop";

  @Test
  void driverManager_withoutLoadingAnything_findsIt() throws SQLException {
    Driver driver = DriverManager.getDriver(URL);

    assertThat(driver).isInstanceOf(ReplicationDriver.class);
    assertThat(driver.acceptsURL("jdbc:postgresql://a/b")).isFalse();
    assertThat(driver.connect("jdbc:postgresql://a/b", new Properties())).isNull();
    assertThat(driver.getPropertyInfo("jdbc:postgresql://a/b", null)).isEmpty();
    assertThatThrownBy(() -> driver.acceptsURL(null)).isInstanceOf(SQLException.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "?toolkit.colour=red            | there is no option toolkit.colour; there are name,"
            + " consis",
        "?toolkit.consistency=some      | toolkit.consistency must be one of session, eventual",
        "?toolkit.consistency=bounded   | toolkit.maxStaleness must be given with toolkit.consist",
        "?toolkit.maxStaleness=1s       | toolkit.maxStaleness must be given with toolkit.consist",
        "?toolkit.consistency=bounded&toolkit.maxStaleness=25h | at most 24 h",
        "?toolkit.probeInterval=10      | toolkit.probeInterval must be a number with ms, s, m or"
            + " h",
        "?toolkit.probeInterval=2m      | probeInterval must be 1 to 60000 ms",
        "?toolkit.poolSize=0            | toolkit.poolSize must be a whole number from 1 to 10000",
        "?toolkit.poolSize=ten          | toolkit.poolSize must be a whole number from 1 to 10000",
        "?toolkit.connectionTimeout=1ms | toolkit.connectionTimeout must be 250 to 3600000 ms",
        "?toolkit.idleClose=25h         | toolkit.idleClose must be 0 to 86400000 ms",
        "?toolkit.routeBySql=yes        | toolkit.routeBySql must be one of true, false",
        "?toolkit.name=a b              | a name must be 1 to 64 characters",
        "?toolkit.maxPrimaryReads=0     | toolkit.maxPrimaryReads must be a whole number from 1",
        "?toolkit.deadAfter=1ms         | deadAfter must be 50 to 600000 ms",
        "?toolkit.balancer=best         | toolkit.balancer must be one of powerOfTwoChoices",
      })
  void connect_wrongOption_saysWhatIsWrong(String query, String message) {
    assertThatThrownBy(() -> DriverManager.getConnection(URL + query, "me", "secret"))
        .hasMessageContaining(message)
        .hasMessageNotContaining("secret")
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("08001"));
  }

  @Test
  void connect_wrongOptionAmongTheProperties_saysWhatIsWrong() {
    Properties info = new Properties();
    info.setProperty("toolkit.colour", "red");

    assertThatThrownBy(() -> DriverManager.getConnection(URL, info))
        .hasMessageContaining("there is no option toolkit.colour");
  }

  @Test
  void connect_nobodyAnswers_saysSoAndTriesAnewNextTime() {
    String url =
        "jdbc:replicated:postgresql://127.0.0.1:1,127.0.0.1:2/shop?toolkit.startTimeout=100ms";

    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> DriverManager.getConnection(url, "me", ""))
          .hasMessageContaining("no node answers")
          .hasMessageContaining("replica1")
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("08001"));
    }
    // Nobody waits for a thread that is still at its last question.
    await()
        .untilAsserted(
            () ->
                assertThat(Thread.getAllStackTraces().keySet())
                    .extracting(Thread::getName)
                    .noneMatch(name -> name.startsWith("toolkit-")));
  }

  @Test
  void plan_sameOptionTwice_isThatOfTheUrl() {
    ClusterPlan plan =
        ClusterPlan.of(
            URL + "?toolkit.name=url", Map.of("toolkit.name", "properties", "user", "me"));

    assertThat(plan.options()).containsExactly(Map.entry(Option.NAME, "url"));
    assertThat(plan.properties()).containsExactly(Map.entry("user", "me"));
    assertThat(plan)
        .isEqualTo(ClusterPlan.of(URL + "?toolkit.name=url", Map.of("user", "me")))
        .isNotEqualTo(ClusterPlan.of(URL + "?toolkit.name=url", Map.of("user", "you")));
  }

  @Test
  void propertyInfo_ofAUrl_hasOursAndTheDriversOwn() throws SQLException {
    DriverPropertyInfo[] all =
        DriverManager.getDriver(URL).getPropertyInfo(URL + "?toolkit.poolSize=3&ssl=true", null);

    Map<String, String> values =
        Arrays.stream(all)
            .collect(Collectors.toMap(info -> info.name, info -> String.valueOf(info.value)));
    assertThat(values)
        .containsEntry("toolkit.poolSize", "3")
        .containsEntry("toolkit.consistency", "session")
        .containsEntry("ssl", "true")
        .containsKey("socketTimeout");
    assertThat(all[1].choices).containsExactly("session", "eventual", "bounded", "strong");
  }
}
