// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/** What features keep of the database where a phase has a cache, and nothing where it has none. */
@NullMarked
package io.scalingtoolkit.sample.platform.cache;

import org.jspecify.annotations.NullMarked;
