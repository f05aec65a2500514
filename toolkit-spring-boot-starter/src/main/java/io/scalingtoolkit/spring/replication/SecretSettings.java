// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.replication;

import java.util.Locale;
import java.util.regex.Pattern;
import org.springframework.boot.actuate.endpoint.SanitizableData;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;

/**
 * Hides passwords and secrets in the actuator even where it is set to show values. Thread-safe.
 *
 * <p>A URL is shown without what looks like a password in it.
 */
final class SecretSettings implements SanitizingFunction {
  private static final Pattern NOT_IN_A_NAME = Pattern.compile("[^a-z0-9]");
  private static final Pattern PARAMETER = Pattern.compile("(?i)((?:password|pwd)\\s*=)[^&;,]*");
  private static final Pattern AUTHORITY = Pattern.compile("(//[^/@:]*:)[^/@]*@");
  private static final String HIDDEN = "$1" + SanitizableData.SANITIZED_VALUE;

  @Override
  public SanitizableData apply(SanitizableData data) {
    // Environment variables spell TOOLKIT_REPLICATION_PRIMARY_PASSWORD what files write with dots.
    String key = NOT_IN_A_NAME.matcher(data.getKey().toLowerCase(Locale.ROOT)).replaceAll("");
    if (!key.startsWith("toolkitreplication")) {
      return data;
    }
    if (key.endsWith("password") || key.endsWith("secret")) {
      return data.withSanitizedValue();
    }
    if (key.endsWith("url") && data.getValue() instanceof CharSequence url) {
      String shown = PARAMETER.matcher(url).replaceAll(HIDDEN);
      return data.withValue(AUTHORITY.matcher(shown).replaceAll(HIDDEN + "@"));
    }
    return data;
  }
}
