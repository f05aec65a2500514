// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.security;

import com.nimbusds.jose.jwk.ECKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.util.List;
import org.springframework.boot.Banner;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * The command {@code --rotate-keys}: adds a signing key to the configured folder and ends. Running
 * instances that share the folder sign with it {@link SigningKeys#ACTIVATION} later; tokens signed
 * before stay valid until they expire.
 */
public final class KeyRotation {

  /** The argument that asks for this command instead of the server. */
  public static final String ARGUMENT = "--rotate-keys";

  private KeyRotation() {}

  /**
   * Says whether the command line asks for a rotation.
   *
   * @param args arguments of the program
   */
  public static boolean isAskedFor(String[] args) {
    return List.of(args).contains(ARGUMENT);
  }

  /**
   * Reads the configuration as the server does and adds one key.
   *
   * @param args arguments of the program
   * @return the {@code kid} of the new key
   */
  public static String run(String[] args) {
    try (ConfigurableApplicationContext settings =
        new SpringApplicationBuilder(Settings.class)
            .web(WebApplicationType.NONE)
            .bannerMode(Banner.Mode.OFF)
            .logStartupInfo(false)
            .run(args)) {
      SecurityProperties security = settings.getBean(SecurityProperties.class);
      ECKey key = new KeyFiles(security.keysDir()).create(Clock.systemUTC());
      return key.getKeyID();
    } catch (IOException unwritable) {
      throw new UncheckedIOException("cannot add a signing key: " + unwritable, unwritable);
    }
  }

  /** Only the settings: no web server, no database. */
  @EnableConfigurationProperties(SecurityProperties.class)
  static class Settings {}
}
