// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BenchTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void run_withoutPart_listsTheParts() {
    assertThat(run()).isZero();
    assertThat(out.toString())
        .contains(
            "phase-1",
            "phase-2",
            "replication",
            "limits",
            "cache",
            "sharding",
            "outage",
            "overload",
            "spike");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void run_help_explains() {
    assertThat(run("--help")).isZero();
    assertThat(run("phase-1", "--help")).isZero();
    assertThat(run("phase-2", "--help")).isZero();
    assertThat(run("replication", "--help")).isZero();
    assertThat(run("limits", "--help")).isZero();
    assertThat(run("cache", "--help")).isZero();
    assertThat(run("sharding", "--help")).isZero();
    assertThat(run("spike", "--help")).isZero();
    assertThat(run("outage", "--help")).isZero();
    assertThat(run("overload", "--help")).isZero();
    assertThat(out.toString())
        .contains("--rate", "--seconds", "--url", "--seed", "--json", "--quick", "--db", "--log")
        .doesNotContain("--without-bookmarks");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "phase-9",
        "--nonsense",
        "phase-1 --rate 0",
        "phase-1 --rate -1",
        "phase-1 --rate fast",
        "phase-1 --rate 20001",
        "phase-1 --seconds 0",
        "phase-1 --seconds 301",
        "phase-1 --seed x",
        "phase-1 --url ftp://127.0.0.1/",
        "phase-1 --url 127.0.0.1",
        "phase-1 --json /no/such/folder/file.json",
        "phase-1 extra",
        "phase-2 --rate 0",
        "phase-2 --rate 2001",
        "phase-2 --seconds 35",
        "phase-2 --seconds 301",
        "phase-2 --db sqlite",
        "phase-2 --db POSTGRES",
        "phase-2 --json /no/such/folder/file.json",
        "phase-2 --log /no/such/folder/file.log",
        "replication --json /no/such/folder/file.json",
        "replication --rate 5",
        "replication extra",
        "limits --rounds 0",
        "limits --json /no/such/folder/file.json",
        "limits --replay /no/such/file.json",
        "limits extra",
        "cache --rounds 0",
        "cache --rounds 21",
        "cache --rounds many",
        "sharding --rounds 0",
        "sharding --rounds 21",
        "cache --json /no/such/folder/file.json",
        "cache --replay x",
        "cache extra",
        "spike --factor 1",
        "spike --seconds 9",
        "spike --json /no/such/folder/file.json",
        "outage --seconds 1",
        "outage --timeout 0",
        "outage --timeout 1001",
        "outage --json /no/such/folder/file.json",
        "overload --json /no/such/folder/file.json",
        "overload --seeds 5",
        "overload extra"
      })
  void run_badInput_isOneLineAndExitCodeTwo(String line) {
    assertThat(run(line.split(" "))).isEqualTo(Bench.EXIT_BAD_INPUT);

    assertThat(err.toString().strip().lines()).hasSize(1);
    assertThat(err.toString()).startsWith("bench: ").doesNotContain("Exception");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void run_serverDoesNotAnswer_isOneLineAndDoesNotCount() {
    assertThat(run("phase-1", "--url", "http://127.0.0.1:1")).isEqualTo(Bench.EXIT_VOID);

    assertThat(err.toString().strip().lines()).hasSize(1);
    assertThat(err.toString()).contains("127.0.0.1:1");
  }

  private int run(String... arguments) {
    return Bench.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
  }
}
