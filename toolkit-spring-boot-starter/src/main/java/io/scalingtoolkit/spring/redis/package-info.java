// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/** Clients of Redis, made from properties for the other packages of the starter. */
@NullMarked
package io.scalingtoolkit.spring.redis;

import org.jspecify.annotations.NullMarked;
