// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.junit.jupiter.api.Test;

class ClientBodyTest {

  private static ClientBody body(int size, long limit) {
    return new ClientBody(new ByteArrayInputStream(new byte[size]), limit);
  }

  @Test
  void read_asLargeAsTheLimit_isWhole() throws Exception {
    assertThat(body(10, 10).readAllBytes()).hasSize(10);
  }

  @Test
  void read_largerThanTheLimit_fails() {
    assertThatThrownBy(() -> body(11, 10).readAllBytes())
        .isInstanceOf(ClientBody.TooLargeException.class);
    assertThatThrownBy(
            () -> {
              ClientBody body = body(11, 10);
              while (body.read() >= 0) {
                // one byte at a time counts as well
              }
            })
        .isInstanceOf(ClientBody.TooLargeException.class);
  }

  @Test
  void read_clientIsGone_isNotTheInstancesFailure() {
    InputStream gone =
        new FilterInputStream(InputStream.nullInputStream()) {
          @Override
          public int read(byte[] target, int offset, int length) throws IOException {
            throw new IOException("reset");
          }
        };

    assertThatThrownBy(() -> new ClientBody(gone, 10).readAllBytes())
        .isInstanceOf(ClientBody.ClientGoneException.class);
  }
}
