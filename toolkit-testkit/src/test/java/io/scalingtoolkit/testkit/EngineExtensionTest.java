// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Events;

/** Runs small test classes with an extension whose cluster only writes down what happens to it. */
class EngineExtensionTest {
  private static final List<String> EVENTS = new ArrayList<>();

  @BeforeEach
  void forget() {
    EVENTS.clear();
  }

  @Test
  void staticField_twoTests_shareOneClusterOfTheClass() {
    run(PerClass.class).assertStatistics(tests -> tests.succeeded(2));

    assertThat(EVENTS)
        .containsExactly(
            "start", "beforeAll", "before", "test", "after", "before", "test", "after", "close");
  }

  @Test
  void instanceField_twoTests_haveOneClusterEach() {
    run(PerTest.class).assertStatistics(tests -> tests.succeeded(2));

    assertThat(EVENTS)
        .containsExactly(
            "start", "before", "test", "after", "close", "start", "before", "test", "after",
            "close");
  }

  @Test
  void instanceField_lifeCyclePerClass_shareOneCluster() {
    run(PerClassLifeCycle.class).assertStatistics(tests -> tests.succeeded(2));

    assertThat(EVENTS)
        .containsExactly("start", "before", "test", "after", "before", "test", "after", "close");
  }

  @Test
  void staticField_nestedClasses_shareTheClusterOfTheOuterOne() {
    run(Outer.class).assertStatistics(tests -> tests.succeeded(3));

    assertThat(EVENTS).startsWith("start").endsWith("close").containsOnlyOnce("start", "close");
    assertThat(EVENTS).filteredOn("test"::equals).hasSize(3);
  }

  @Test
  void staticField_anotherExtensionFailsFirst_closesNothingAndForgetsTheClass() {
    run(BrokenBefore.class).assertStatistics(tests -> tests.started(0));
    run(PerClass.class).assertStatistics(tests -> tests.succeeded(2));

    assertThat(EVENTS).endsWith("close").containsOnlyOnce("start", "close");
  }

  @Test
  void failure_ofATest_keepsLogsAndSaysWhere() {
    Events tests = run(Failing.class);

    tests.assertStatistics(count -> count.failed(1));
    assertThat(EVENTS)
        .containsExactly("start", "before", "logs of Failing.fails", "after", "close");
    Throwable failure =
        tests.failed().stream()
            .flatMap(event -> event.getPayload().stream())
            .map(TestExecutionResult.class::cast)
            .flatMap(result -> result.getThrowable().stream())
            .findFirst()
            .orElseThrow();
    assertThat(failure.getSuppressed())
        .extracting(Throwable::getMessage)
        .containsExactly("engine logs kept in /kept/here");
  }

  @Test
  void unavailable_engine_skipsWithTheReason() {
    Events tests = run(Unavailable.class);

    tests.assertStatistics(count -> count.aborted(1).succeeded(0));
    assertThat(EVENTS).isEmpty();
    assertThat(tests.aborted().stream())
        .allSatisfy(
            event -> assertThat(event.getPayload().toString()).contains("libaio1 is missing"));
  }

  @Test
  void cluster_outsideATest_saysHowToUseIt() {
    assertThatThrownBy(() -> new Recording().cluster())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("@RegisterExtension");
  }

  private static Events run(Class<?> testClass) {
    return EngineTestKit.engine("junit-jupiter")
        .selectors(selectClass(testClass))
        .execute()
        .testEvents();
  }

  private static final class Recording extends EngineExtension<RecordingCluster> {
    private final Optional<String> unavailable;

    Recording() {
      this(Optional.empty());
    }

    Recording(Optional<String> unavailable) {
      this.unavailable = unavailable;
    }

    @Override
    protected RecordingCluster start() {
      EVENTS.add("start");
      return new RecordingCluster();
    }

    @Override
    protected Optional<String> unavailable() {
      return unavailable;
    }

    @Override
    protected void beforeTest(RecordingCluster running, ExtensionContext context) {
      EVENTS.add("before");
    }

    @Override
    protected void afterTest(RecordingCluster running, ExtensionContext context) {
      EVENTS.add("after");
    }
  }

  private static final class RecordingCluster implements EngineCluster {
    @Override
    public Path keepLogs(String label) {
      EVENTS.add("logs of " + label);
      return Path.of("/kept/here");
    }

    @Override
    public void close() {
      EVENTS.add("close");
    }
  }

  static class PerClass {
    @RegisterExtension static final Recording ENGINE = new Recording();

    @BeforeAll
    static void prepare() {
      assertThat(ENGINE.cluster()).isNotNull();
      EVENTS.add("beforeAll");
    }

    @Test
    void one() {
      EVENTS.add("test");
    }

    @Test
    void two() {
      EVENTS.add("test");
    }
  }

  static class Outer {
    @RegisterExtension static final Recording ENGINE = new Recording();

    @AfterAll
    static void inspect() {
      assertThat(ENGINE.cluster()).isNotNull();
    }

    @Test
    void one() {
      EVENTS.add("test");
    }

    @Nested
    class First {
      @Test
      void two() {
        EVENTS.add("test");
      }
    }

    @Nested
    class Second {
      @Test
      void three() {
        EVENTS.add("test");
      }
    }
  }

  static class BrokenBefore {
    @Order(1)
    @RegisterExtension
    static final BeforeAllCallback BROKEN =
        context -> {
          throw new AssertionError("on purpose");
        };

    @Order(2)
    @RegisterExtension
    static final Recording ENGINE = new Recording();

    @Test
    void neverRuns() {
      EVENTS.add("test");
    }
  }

  static class PerTest {
    @RegisterExtension final Recording engine = new Recording();

    @Test
    void one() {
      EVENTS.add("test");
    }

    @Test
    void two() {
      EVENTS.add("test");
    }
  }

  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  static class PerClassLifeCycle {
    @RegisterExtension final Recording engine = new Recording();

    @Test
    void one() {
      EVENTS.add("test");
    }

    @Test
    void two() {
      EVENTS.add("test");
    }
  }

  static class Failing {
    @RegisterExtension final Recording engine = new Recording();

    @Test
    void fails() {
      throw new AssertionError("on purpose");
    }
  }

  static class Unavailable {
    @RegisterExtension final Recording engine = new Recording(Optional.of("libaio1 is missing"));

    @Test
    void neverRuns() {
      EVENTS.add("test");
    }
  }
}
