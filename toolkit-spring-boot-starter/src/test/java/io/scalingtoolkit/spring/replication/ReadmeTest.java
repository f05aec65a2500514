// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.config.YamlPropertiesFactoryBean;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.handler.NoUnboundElementsBindHandler;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.core.io.ByteArrayResource;

/** The settings that the documents show are ours. */
class ReadmeTest {
  private static final Pattern YAML = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL);
  private static final Pattern NAME =
      Pattern.compile("\"name\": \"toolkit\\.replication\\.([^\"]+)");

  private static String read(String file) throws IOException {
    return Files.readString(Path.of(file), StandardCharsets.UTF_8);
  }

  @Test
  void settings_ofTheReadme_areAccepted() throws IOException {
    Matcher yaml = YAML.matcher(read("README.md"));
    assertThat(yaml.find()).isTrue();
    YamlPropertiesFactoryBean properties = new YamlPropertiesFactoryBean();
    properties.setResources(new ByteArrayResource(yaml.group(1).getBytes(StandardCharsets.UTF_8)));

    ReplicationProperties bound =
        new Binder(new MapConfigurationPropertySource(properties.getObject()))
            .bind(
                Settings.PREFIX,
                Bindable.of(ReplicationProperties.class),
                new NoUnboundElementsBindHandler(BindHandler.DEFAULT, source -> true))
            .get();

    new Settings(bound).check();
    assertThat(bound.replicas()).containsOnlyKeys("r1", "r2");
  }

  @Test
  void table_ofTheGuide_namesEveryProperty() throws IOException {
    String guide = read("../docs/guide/spring-boot.md");
    Matcher names =
        NAME.matcher(read("target/classes/META-INF/spring-configuration-metadata.json"));
    TreeSet<String> missing = new TreeSet<>();
    while (names.find()) {
      String name = names.group(1);
      String last = name.substring(name.lastIndexOf('.') + 1);
      if (!name.startsWith("pool.")
          && !guide.contains(name)
          && !guide.contains("`." + last + "`")
          && !guide.contains(name + "[")) {
        missing.add(name);
      }
    }

    // Groups and maps stand there with what is in them.
    assertThat(missing).isSubsetOf("replicas", "bookmark", "primary", "pool", "bookmark.cookie");
  }
}
