// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.consistency;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class WireReaderTest {
  @Test
  void readBytes_pastTheEnd_failsAndStaysFailed() {
    WireReader in = new WireReader(new byte[] {3, 'a', 'b', 'c', 9}, 0, 3);

    assertThat(in.readText()).isEmpty();
    assertThat(in.failed()).isTrue();
    assertThat(in.readBytes(1)).isEmpty();
  }

  @Test
  void readLength_writtenNumbers_areReadBackInTheShortestFormOnly() {
    for (int number : new int[] {0, 127, 128, 2048, 16_383}) {
      WireWriter out = new WireWriter();
      out.writeLength(number);
      byte[] bytes = out.toBytes();
      WireReader in = new WireReader(bytes, 0, bytes.length);

      assertThat(in.readLength()).isEqualTo(number);
      assertThat(in.atEnd()).isTrue();
      assertThat(bytes).hasSize(WireWriter.sizeOfLength(number));
    }
    WireReader longer = new WireReader(new byte[] {(byte) 0x81, 0}, 0, 2);
    assertThat(longer.readLength()).isZero();
    assertThat(longer.failed()).isTrue();
  }
}
