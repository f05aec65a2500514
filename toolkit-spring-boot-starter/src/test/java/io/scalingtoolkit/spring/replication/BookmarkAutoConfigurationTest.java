// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.core.consistency.BookmarkCodec;
import io.scalingtoolkit.replication.ReplicationDataSource;
import jakarta.servlet.Filter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.core.task.TaskDecorator;

/** When bookmarks travel over HTTP. Only what a test asks for is initialised. */
@ExtendWith(OutputCaptureExtension.class)
class BookmarkAutoConfigurationTest {
  private static final AutoConfigurations OURS =
      AutoConfigurations.of(ReplicationAutoConfiguration.class, BookmarkAutoConfiguration.class);
  private static final String URL = "toolkit.replication.primary.url=jdbc:postgresql://localhost/x";
  private static final String SECRET = "0123456789abcdef0123456789abcdef";
  private static final String KEY = "toolkit.replication.bookmark.signing-keys";

  private final WebApplicationContextRunner web =
      new WebApplicationContextRunner()
          .withInitializer(
              context ->
                  context.addBeanFactoryPostProcessor(
                      new LazyInitializationBeanFactoryPostProcessor()))
          .withConfiguration(OURS)
          .withPropertyValues(URL);

  @Test
  void filter_inAServletApplication_runsAheadOfSecurity() {
    web.run(
        context -> {
          assertThat(context).hasSingleBean(FilterRegistrationBean.class);
          assertThat(context).hasSingleBean(TaskDecorator.class);
          FilterRegistrationBean<?> filter = context.getBean(FilterRegistrationBean.class);
          assertThat(filter.getFilter()).isInstanceOf(BookmarkFilter.class);
          assertThat(filter.isAsyncSupported()).isTrue();
          assertThat(filter.getOrder())
              .isLessThan(-100) // Spring Security
              .isLessThan(Integer.MIN_VALUE + 50); // Spring Session
        });
  }

  @Test
  void filter_outsideTheWeb_isNotThere() {
    new ApplicationContextRunner()
        .withInitializer(
            context ->
                context.addBeanFactoryPostProcessor(
                    new LazyInitializationBeanFactoryPostProcessor()))
        .withConfiguration(OURS)
        .withPropertyValues(URL)
        .run(
            context ->
                assertThat(context)
                    .hasSingleBean(ReplicationDataSource.class)
                    .doesNotHaveBean(FilterRegistrationBean.class)
                    .doesNotHaveBean(BookmarkCodec.class));
  }

  @Test
  void filter_disabled_isNotThere() {
    web.withPropertyValues("toolkit.replication.bookmark.enabled=false")
        .run(context -> assertThat(context).doesNotHaveBean(FilterRegistrationBean.class));
  }

  @Test
  void filter_withoutADataSource_isNotThere() {
    web.withPropertyValues("toolkit.replication.enabled=false")
        .run(context -> assertThat(context).doesNotHaveBean(FilterRegistrationBean.class));
  }

  @Test
  void filter_withADataSourceOfTheUser_isThere() {
    new WebApplicationContextRunner()
        .withInitializer(
            context ->
                context.addBeanFactoryPostProcessor(
                    new LazyInitializationBeanFactoryPostProcessor()))
        .withConfiguration(OURS)
        .withUserConfiguration(ReplicationAutoConfigurationTest.OwnReplication.class)
        .run(
            context ->
                assertThat(context.getBean(FilterRegistrationBean.class).getFilter())
                    .isInstanceOf(BookmarkFilter.class));
  }

  @Test
  void filter_withoutServlets_isNotThere() {
    new ApplicationContextRunner()
        .withInitializer(
            context ->
                context.addBeanFactoryPostProcessor(
                    new LazyInitializationBeanFactoryPostProcessor()))
        .withConfiguration(OURS)
        .withPropertyValues(URL)
        .withClassLoader(new FilteredClassLoader(Filter.class))
        .run(
            context -> {
              assertThat(context).hasNotFailed();
              assertThat(context.containsBean("bookmarkFilterRegistration")).isFalse();
            });
  }

  @Test
  void codec_ofTheUser_winsOverOurs() {
    BookmarkCodec own = BookmarkCodec.builder().build();
    web.withBean(BookmarkCodec.class, () -> own)
        .run(context -> assertThat(context.getBean(BookmarkCodec.class)).isSameAs(own));
  }

  @Test
  void codec_withKeys_signsWithTheFirstAndReadsAll(CapturedOutput output) {
    web.withPropertyValues(
            KEY + "[0].id=new",
            KEY + "[0].secret=" + SECRET,
            KEY + "[1].id=old",
            KEY + "[1].secret=x" + SECRET)
        .run(
            context -> {
              BookmarkCodec codec = context.getBean(BookmarkCodec.class);
              web.withPropertyValues(KEY + "[0].id=old", KEY + "[0].secret=x" + SECRET)
                  .run(
                      other -> {
                        BookmarkCodec old = other.getBean(BookmarkCodec.class);
                        String text = old.encode(BookmarkFilterTest.bookmark(1));
                        assertThat(codec.decode(text).isAccepted()).isTrue();
                        String renewed = codec.encode(BookmarkFilterTest.bookmark(1));
                        assertThat(old.decode(renewed).isAccepted()).isFalse();
                      });
            });
    assertThat(output).doesNotContain("not signed");
  }

  @Test
  void codec_withoutKeys_warns(CapturedOutput output) {
    web.run(context -> context.getBean(BookmarkCodec.class));
    assertThat(output).containsOnlyOnce("Bookmarks are not signed");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "signing-keys[0].id=k1 | signing-keys[0]: must have an id and a secret",
        "signing-keys[0].secret=hush | signing-keys[0]: must have an id and a secret",
        "signing-keys[0].id=k1;signing-keys[0].secret=hush | signing-keys[0]: bookmark key secret"
            + " must have at least 32 bytes, key \"k1\" has 4",
        "header.name=a b | header.name: must be 1 to 64 characters of an HTTP token (value: a b)",
        "cookie.name=a=b | cookie.name: must be 1 to 64 characters of an HTTP token (value: a=b)",
        "cookie.path=x | cookie.path: must begin with / and hold no ; and no space (value: x)",
        "cookie.max-age=0s | cookie.max-age: must be 1 s to 2147483647 s (value: PT0S)",
        "header.enabled=false | : header.enabled, cookie.enabled or both must be true, or enabled"
            + " false",
      })
  void filter_withASettingThatBreaksARule_isRefused(String settings, String expected) {
    WebApplicationContextRunner runner = web;
    for (String setting : settings.split(";")) {
      runner = runner.withPropertyValues("toolkit.replication.bookmark." + setting);
    }
    runner.run(
        context -> {
          Throwable failure = null;
          try {
            context.getBean(FilterRegistrationBean.class);
          } catch (RuntimeException e) {
            failure = e;
          }
          assertThat(new InvalidSettingFailureAnalyzer().analyze(failure).getDescription())
              .isEqualTo(
                  "toolkit.replication.bookmark" + (expected.startsWith(":") ? "" : ".") + expected)
              .doesNotContain("hush");
        });
  }
}
