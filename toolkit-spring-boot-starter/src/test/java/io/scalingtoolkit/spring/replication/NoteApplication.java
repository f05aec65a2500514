// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.replication;

import io.scalingtoolkit.replication.ReplicationDataSource;
import io.scalingtoolkit.testkit.postgres.PostgresCluster;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.core.ConnectionCallback;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RestController;

/** An application like any other, as the tests start it against a cluster. */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import({NoteApplication.Notes.class, NoteApplication.Api.class})
class NoteApplication {

  static ConfigurableApplicationContext start(
      PostgresCluster cluster, String database, WebApplicationType type, String... settings) {
    Map<String, Object> properties = new LinkedHashMap<>();
    properties.put("server.port", "0");
    properties.put("spring.main.banner-mode", "off");
    properties.put("logging.level.root", "warn");
    properties.put("toolkit.replication.primary.url", cluster.primary().jdbcUrl(database));
    for (int i = 0; i < cluster.replicas().size(); i++) {
      properties.put(
          "toolkit.replication.replicas.r" + (i + 1) + ".url",
          cluster.replica(i).jdbcUrl(database));
    }
    properties.put("toolkit.replication.pool.maximum-pool-size", "4");
    properties.put("toolkit.replication.pool.minimum-idle", "1");
    // Its transaction manager would take the place of the one for JDBC; JpaRoutingIT has it.
    properties.put(
        "spring.autoconfigure.exclude",
        "org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration");
    properties.put("management.endpoints.web.exposure.include", "*");
    properties.put("management.endpoint.health.show-details", "always");
    properties.put("management.endpoint.health.probes.enabled", "true");
    properties.put("management.endpoint.env.show-values", "always");
    properties.put("management.endpoint.configprops.show-values", "always");
    return new SpringApplicationBuilder(NoteApplication.class)
        .web(type)
        .properties(properties)
        .run(List.of(settings).stream().map(setting -> "--" + setting).toArray(String[]::new));
  }

  static int port(ConfigurableApplicationContext context) {
    return ((ServletWebServerApplicationContext) context).getWebServer().getPort();
  }

  /** Reads and writes notes; the names of the methods say in what kind of transaction. */
  @Service
  static class Notes {
    private static final String UPSERT =
        "insert into note values (?, ?) on conflict (id) do update set body = excluded.body";
    private static final String SELECT = "select body from note where id = ?";

    private final JdbcTemplate jdbc;

    Notes(JdbcTemplate jdbc) {
      this.jdbc = jdbc;
    }

    @Transactional(readOnly = true)
    public String nodeOfReadOnly() {
      return nodeOfRead();
    }

    @Transactional
    public String nodeOfReadWrite() {
      return nodeOfRead();
    }

    private String nodeOfRead() {
      jdbc.queryForObject("select count(*) from note", Long.class);
      return jdbc.execute((ConnectionCallback<String>) ReplicationDataSource::nodeOf);
    }

    @Transactional(readOnly = true)
    public void writeInReadOnly() {
      jdbc.update("insert into note values (-1, 'x')");
    }

    // snippet:transactions
    @Transactional
    public void put(long id, String body) {
      jdbc.update(UPSERT, id, body);
    }

    @Transactional(readOnly = true)
    public String get(long id) {
      return String.join("", jdbc.queryForList(SELECT, String.class, id));
    }
    // end
  }

  /** Notes over HTTP; an absent one is empty. */
  @RestController
  static class Api {
    private final Notes notes;

    Api(Notes notes) {
      this.notes = notes;
    }

    @PutMapping("/notes/{id}/{body}")
    void put(@PathVariable("id") long id, @PathVariable("body") String body) {
      notes.put(id, body);
    }

    @GetMapping("/notes/{id}")
    String get(@PathVariable("id") long id) {
      return notes.get(id);
    }

    @PutMapping("/later/{id}/{body}")
    Callable<String> putLater(@PathVariable("id") long id, @PathVariable("body") String body) {
      return () -> {
        notes.put(id, body);
        return notes.get(id);
      };
    }

    @PutMapping("/failing/{id}/{body}")
    void putAndFail(@PathVariable("id") long id, @PathVariable("body") String body) {
      notes.put(id, body);
      throw new IllegalStateException("after the commit");
    }
  }
}
