// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ParentWatchTest {

  @Test
  void exitAtEnd_pipeEnds_exitsOnce() {
    List<Integer> exits = new ArrayList<>();

    new ParentWatch(new ByteArrayInputStream(new byte[3]), exits::add).exitAtEnd();

    assertThat(exits).containsExactly(0);
  }
}
