// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scalingtoolkit.benchmarks.BenchmarkException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ReplayTest {
  private static List<String> play(String text) {
    StringWriter out = new StringWriter();
    Replay.parse(text).run(new PrintWriter(out));
    return out.toString().lines().toList();
  }

  @Test
  void run_requestsAndAReconfiguration_decidesOnItsOwnClock() {
    assertThat(
            play(
                """
                {"limit": [{"permits": 2, "period": "PT1S"}],
                 "events": [
                   {"at": 0, "key": "a", "permits": 2},
                   {"at": "PT0.25S", "key": "a"},
                   {"at": "PT0.25S", "key": "b"},
                   {"at": "PT0.25S", "key": "a", "maxWait": "PT1S"},
                   {"at": "PT0.25S", "key": "a", "permits": 3},
                   {"at": "PT0.5S", "limit": [{"permits": 4, "period": "PT1S", "burst": 2}]},
                   {"at": "PT0.5S", "key": "b"}
                 ]}
                """))
        .containsExactly(
            "{\"event\":0,\"at\":0,\"key\":\"a\",\"permits\":2,\"decision\":\"admitted\",\"waitNanos\":0,\"remaining\":[0]}",
            "{\"event\":1,\"at\":250000000,\"key\":\"a\",\"permits\":1,\"decision\":\"rejected\",\"reason\":\"LIMIT\",\"retryAfterNanos\":250000000,\"remaining\":[0]}",
            "{\"event\":2,\"at\":250000000,\"key\":\"b\",\"permits\":1,\"decision\":\"admitted\",\"waitNanos\":0,\"remaining\":[1]}",
            "{\"event\":3,\"at\":250000000,\"key\":\"a\",\"permits\":1,\"decision\":\"admitted\",\"waitNanos\":250000000,\"remaining\":[0]}",
            "{\"event\":4,\"at\":250000000,\"key\":\"a\",\"permits\":3,\"decision\":\"rejected\",\"reason\":\"ABOVE_BURST\",\"remaining\":[0]}",
            "{\"event\":6,\"at\":500000000,\"key\":\"b\",\"permits\":1,\"decision\":\"admitted\",\"waitNanos\":0,\"remaining\":[0]}");
  }

  @Test
  void run_clockThatStepsBack_givesNothingTwice() {
    List<String> lines =
        play(
            """
            {"limit": [{"permits": 1, "period": "PT10S"}],
             "events": [
               {"at": "PT20S", "key": "a"},
               {"at": "PT20S", "clockJump": "-PT15S"},
               {"at": "PT21S", "key": "a"},
               {"at": "PT44S", "key": "a"},
               {"at": "PT45S", "key": "a"}
             ]}
            """);

    assertThat(lines).hasSize(4);
    assertThat(lines.get(1)).contains("\"rejected\"");
    assertThat(lines.get(3)).contains("\"admitted\"");
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = (char) 96,
      delimiter = '|',
      value = {
        "nonsense | not JSON",
        "[] | the file must be an object",
        "{} | limit must be an array",
        "{'limit':[],'events':[]} | limit: a rate limit must have 1 to 8 bandwidths, but has 0",
        "{'limit':[{'permits':0,'period':'PT1S'}],'events':[]} | limit[0]: permits must be 1",
        "{'limit':[{'permits':1.5,'period':'PT1S'}],'events':[]} | limit[0].permits must be a whole",
        "{'limit':[{'permits':1,'period':'1s'}],'events':[]} | limit[0].period must be nanoseconds",
        "{'limit':[{'permits':1,'period':'-PT1S'}],'events':[]} | limit[0]: period must be 1 ns",
        "{'limit':[{'permits':1,'period':1,'bursts':2}],'events':[]} | limit[0] has bursts",
        "{'limit':[{'permits':1,'period':1}]} | events must be an array",
        "{'limit':[{'permits':1,'period':1}],'maxKeys':0,'events':[]} | maxKeys must be 1 or more",
        "{'limit':[{'permits':1,'period':1}],'events':[{'at':1}]} | events[0].key must be a string",
        "{'limit':[{'permits':1,'period':1}],'events':[{'key':'a'}]} | events[0].at must be nano",
        "{'limit':[{'permits':1,'period':1}],'events':[{'at':-1,'key':'a'}]} | events[0].at must be 0",
        "{'limit':[{'permits':1,'period':1}],'events':[{'at':1,'key':'a','permits':0}]} | events[0].permits must be 1 or more, was 0",
        "{'limit':[{'permits':1,'period':1}],'events':[{'at':2,'key':'a'},{'at':1,'key':'a'}]} | events[1].at must not be before"
      })
  void parse_badInput_namesThePlaceAndTheRule(String text, String message) {
    assertThatThrownBy(() -> Replay.parse(text.replace('\'', '"')))
        .isInstanceOf(BenchmarkException.class)
        .hasMessageContaining(message);
  }
}
