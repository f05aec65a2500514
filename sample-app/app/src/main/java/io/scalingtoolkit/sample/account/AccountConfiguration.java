// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.account;

import io.scalingtoolkit.sample.platform.sql.Transactions;
import io.scalingtoolkit.sharding.unique.UniqueKeys;
import java.time.Clock;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.SQLExceptionTranslator;

/** Wires what has no dependencies of its own. */
@Configuration(proxyBeanMethods = false)
class AccountConfiguration {

  private static final int REMEMBERED_ORIGINS = 50_000;

  @Bean
  LoginBackoff loginBackoff(Clock clock) {
    return new LoginBackoff(clock, REMEMBERED_ORIGINS);
  }

  @Bean
  LoginNames loginNames(
      ObjectProvider<UniqueKeys> unique,
      AccountRepository accounts,
      Transactions transactions,
      JdbcTemplate jdbc,
      SQLExceptionTranslator errors) {
    UniqueKeys reservations = unique.getIfAvailable();
    return reservations == null
        ? new IndexedNames(accounts, transactions)
        : new ReservedNames(reservations, accounts, transactions, jdbc, errors);
  }
}
