// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.consistency;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ReadmeTest {
  private final byte[] secret = new byte[32];

  @Test
  void snippet_ofTheReadme_handsAWriteOverToTheNextRequest() {
    Map<String, String> first = new HashMap<>();
    Map<String, String> second = new HashMap<>();
    Position[] required = new Position[1];

    serve(Map.of(), first, () -> ConsistencyScope.current().observe("orders", lsn(7)));
    serve(first, second, () -> required[0] = ConsistencyScope.current().position("orders"));

    assertThat(required[0]).isEqualTo(lsn(7));
    assertThat(second).isEqualTo(first);
  }

  private static Position lsn(long lsn) {
    return new LsnPosition(1, 1, lsn);
  }

  private void serve(Map<String, String> request, Map<String, String> response, Runnable handler) {
    // snippet:request
    BookmarkCodec codec =
        BookmarkCodec.builder().discoveredTypes().signingKey(BookmarkKey.of("k1", secret)).build();

    Bookmark seen = codec.decode(request.get("Toolkit-Bookmark")).bookmark();
    try (ConsistencyScope scope = ConsistencyScope.open(seen)) {
      handler.run(); // data sources find the scope through ConsistencyScope.current()
      response.put("Toolkit-Bookmark", codec.encode(scope.exportBookmark()));
    }
    // end
  }
}
