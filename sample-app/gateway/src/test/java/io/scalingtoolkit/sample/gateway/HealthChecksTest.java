// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.sample.gateway.HealthChecks.Answer;
import io.scalingtoolkit.sample.gateway.Instance.State;
import org.junit.jupiter.api.Test;

class HealthChecksTest {

  private final Instance instance = new Instance(new Address("127.0.0.1", 1));
  private Answer answer = Answer.READY;
  private int questions;
  private final HealthChecks checks =
      new HealthChecks(
          address -> {
            questions++;
            return answer;
          });

  private State after(Answer next) {
    answer = next;
    checks.check(instance);
    return instance.state();
  }

  @Test
  void check_saysReady_isReadyAtOnce() {
    assertThat(after(Answer.READY)).isEqualTo(State.READY);
  }

  @Test
  void check_saysNotReady_isDownAtOnceAndBackAtOnce() {
    after(Answer.READY);

    assertThat(after(Answer.NOT_READY)).isEqualTo(State.DOWN);
    assertThat(after(Answer.READY)).isEqualTo(State.READY);
  }

  @Test
  void check_silentOnce_staysReady() {
    after(Answer.READY);

    assertThat(after(Answer.SILENT)).isEqualTo(State.READY);
    assertThat(after(Answer.READY)).isEqualTo(State.READY);
    assertThat(after(Answer.SILENT)).isEqualTo(State.READY);
  }

  @Test
  void check_silentTwice_isDown() {
    after(Answer.READY);
    after(Answer.SILENT);

    assertThat(after(Answer.SILENT)).isEqualTo(State.DOWN);
  }

  @Test
  void check_silentAfterAFailedRequest_isDownAtOnce() {
    after(Answer.READY);
    instance.suspect();

    assertThat(instance.state()).isEqualTo(State.UNKNOWN);
    assertThat(after(Answer.SILENT)).isEqualTo(State.DOWN);
  }

  @Test
  void check_whileAnotherRuns_asksNothing() {
    assertThat(instance.mayProbe()).isTrue();

    checks.check(instance);
    assertThat(questions).isZero();

    instance.probed();
    checks.check(instance);
    assertThat(questions).isEqualTo(1);
  }
}
