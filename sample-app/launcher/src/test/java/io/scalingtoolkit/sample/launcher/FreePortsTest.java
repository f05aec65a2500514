// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class FreePortsTest {

  @Test
  void find_several_areDifferentAndInRange() {
    assertThat(FreePorts.find(8, new Random(1)))
        .hasSize(8)
        .doesNotHaveDuplicates()
        .allSatisfy(port -> assertThat(port).isBetween(FreePorts.FIRST, FreePorts.LAST));
  }

  @Test
  void find_takenPort_isLeftOut() throws Exception {
    int first = FreePorts.find(1, new Random(2)).get(0);

    try (ServerSocket taken = new ServerSocket(first, 1, InetAddress.getLoopbackAddress())) {
      List<Integer> others = FreePorts.find(1, new Random(2));

      assertThat(others).doesNotContain(taken.getLocalPort());
    }
  }
}
