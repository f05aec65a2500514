// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.security;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
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
   * Adds one key and tells the person who asked for it, in one line.
   *
   * @param args arguments of the program
   * @return exit status of the process: 0, or 1 when the key could not be written
   */
  @SuppressWarnings("SystemOut") // the answer of a command that a person runs
  public static int command(String[] args) {
    try {
      System.out.println("added signing key " + run(args));
      return 0;
    } catch (UncheckedIOException unwritable) {
      System.err.println(unwritable.getMessage());
      return 1;
    }
  }

  /**
   * Reads the configuration as the server does and adds one key.
   *
   * @param args arguments of the program
   * @return the {@code kid} of the new key
   */
  public static String run(String[] args) {
    SpringApplication settings = new SpringApplication(Settings.class);
    settings.setWebApplicationType(WebApplicationType.NONE);
    settings.setBannerMode(Banner.Mode.OFF);
    settings.setLogStartupInfo(false);
    // The server's start checks would find its own running instance in the data folder.
    settings.setInitializers(List.of());
    try (ConfigurableApplicationContext context = settings.run(args)) {
      SecurityProperties security = context.getBean(SecurityProperties.class);
      Path data = Path.of(context.getEnvironment().getProperty("app.data-dir", "data"));
      KeyFiles files = new KeyFiles(security.keysDirOr(data.resolve("keys")));
      return files.create(Clock.systemUTC()).getKeyID();
    } catch (IOException unwritable) {
      throw new UncheckedIOException("cannot add a signing key: " + unwritable, unwritable);
    }
  }

  /** Only the settings: no web server, no database. */
  @EnableConfigurationProperties(SecurityProperties.class)
  static class Settings {}
}
