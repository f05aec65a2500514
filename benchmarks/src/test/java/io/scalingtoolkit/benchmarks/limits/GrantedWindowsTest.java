// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks.limits;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.benchmarks.limits.GrantedWindows.Grant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class GrantedWindowsTest {
  private static final long MILLI = 1_000_000;

  private static Grant at(long millis) {
    return new Grant(millis * MILLI, millis * MILLI);
  }

  @Test
  void of_burstAcrossABoundary_countsItInOneWindow() {
    List<Grant> grants = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      grants.add(at(950 + i));
      grants.add(at(1_010 + i));
    }
    grants.add(at(3_000));

    GrantedWindows windows = GrantedWindows.of(grants, 4);

    assertThat(windows).isEqualTo(new GrantedWindows(4, 21, 20, 20));
  }

  @Test
  void of_grantThatMayLieOutside_isNotCounted() {
    List<Grant> grants = List.of(at(0), new Grant(90 * MILLI, 150 * MILLI), at(95));

    assertThat(GrantedWindows.of(grants, 1).worstTenth()).isEqualTo(2);
    assertThat(GrantedWindows.of(grants, 1).worstSecond()).isEqualTo(3);
  }

  @Test
  void measure_gateThatAdmitsEverything_findsAllOfIt() throws Exception {
    GrantedWindows windows = GrantedWindows.measure(() -> true, 2, 0.05);

    assertThat(windows.granted()).isGreaterThan(100);
    assertThat((long) windows.worstSecond()).isEqualTo(windows.granted());
  }
}
