// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/**
 * Choice of one target among several that could do the work. {@link
 * io.scalingtoolkit.core.balance.Balancer} chooses; {@link
 * io.scalingtoolkit.core.balance.TargetLoad} is what it knows about each target.
 */
@NullMarked
package io.scalingtoolkit.core.balance;

import org.jspecify.annotations.NullMarked;
