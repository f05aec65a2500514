// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scalingtoolkit.sample.gateway.Instance.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InstancesTest {

  private static final Address ONE = new Address("127.0.0.1", 1);
  private static final Address TWO = new Address("127.0.0.1", 2);
  private static final Address THREE = new Address("127.0.0.1", 3);

  private final Instances instances = new Instances();

  private List<Instance> all(State state, Address... addresses) {
    instances.replace(List.of(addresses));
    instances.all().forEach(instance -> instance.become(state));
    return instances.all();
  }

  @Test
  void begin_noInstances_isEmpty() {
    assertThat(instances.begin(Set.of())).isEmpty();
  }

  @Test
  void begin_equalInstances_takesTurns() {
    all(State.READY, ONE, TWO, THREE);

    List<Address> order = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      Instance chosen = instances.begin(Set.of()).orElseThrow();
      chosen.end();
      order.add(chosen.address());
    }

    assertThat(order).containsExactly(ONE, TWO, THREE, ONE, TWO, THREE);
  }

  @Test
  void begin_oneIsBusy_choosesTheOther() {
    all(State.READY, ONE, TWO);
    Instance busy = instances.begin(Set.of()).orElseThrow();

    for (int i = 0; i < 4; i++) {
      Instance chosen = instances.begin(Set.of()).orElseThrow();
      assertThat(chosen).isNotSameAs(busy);
      chosen.end();
    }
  }

  @Test
  void begin_notReadyInstances_unknownIsTheLastChoiceAndDownIsNone() {
    List<Instance> all = all(State.READY, ONE, TWO, THREE);
    all.get(1).suspect();
    all.get(2).become(State.DOWN);

    assertThat(instances.begin(Set.of())).contains(all.get(0));
    assertThat(instances.begin(Set.of(all.get(0)))).contains(all.get(1));
    assertThat(instances.begin(Set.of(all.get(0), all.get(1)))).isEmpty();
  }

  @Test
  void suspect_downInstance_staysDown() {
    Instance down = all(State.DOWN, ONE).get(0);

    down.suspect();

    assertThat(down.state()).isEqualTo(State.DOWN);
  }

  @Test
  void replace_instanceThatStays_keepsWhatIsKnown() {
    Instance kept = all(State.READY, ONE, TWO).get(1);
    kept.begin();

    instances.replace(List.of(TWO, THREE, TWO));

    assertThat(instances.all()).hasSize(2);
    assertThat(instances.all().get(0)).isSameAs(kept);
    assertThat(instances.all().get(1).state()).isEqualTo(State.UNKNOWN);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "x",
        "x:",
        ":1",
        "x:0",
        "x:65536",
        "x:1:2",
        "x y:1",
        "x:-1",
        "http://x:1",
        "x:1/"
      })
  void address_other_isRefusedWithRuleAndValue(String text) {
    assertThatThrownBy(() -> Address.of(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("host:port")
        .hasMessageEndingWith("got " + text);
  }

  @Test
  void address_hostAndPort_isRead() {
    assertThat(Address.of("app-1.local:65535")).isEqualTo(new Address("app-1.local", 65535));
  }
}
