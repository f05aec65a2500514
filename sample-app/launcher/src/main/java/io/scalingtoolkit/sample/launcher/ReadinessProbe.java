// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;

/** Asks who listens on a port of this machine whether the application is ready there. */
final class ReadinessProbe {

  private static final int TIMEOUT_MILLIS = 1000;

  private ReadinessProbe() {}

  /** True when the answer is yes; false for any other, and for none within a second. */
  static boolean ready(int port) {
    HttpURLConnection probe;
    try {
      probe =
          (HttpURLConnection)
              URI.create("http://127.0.0.1:" + port + "/actuator/health/readiness")
                  .toURL()
                  .openConnection(Proxy.NO_PROXY);
      probe.setConnectTimeout(TIMEOUT_MILLIS);
      probe.setReadTimeout(TIMEOUT_MILLIS);
      return probe.getResponseCode() == HttpURLConnection.HTTP_OK;
    } catch (IOException notReady) {
      return false;
    }
  }
}
