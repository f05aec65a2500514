// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.sql;

import java.util.function.IntPredicate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * One of the databases that hold the users, for work on all rows of each. Immutable.
 *
 * @param jdbc its statements, within the two
 * @param write transactions that may write
 * @param read transactions that only read
 * @param owns whether rows of a slot may be written here now
 */
public record Database(
    JdbcClient jdbc, TransactionTemplate write, TransactionTemplate read, IntPredicate owns) {}
