// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/** What caches between the application and its users may keep, and how they are told to forget. */
@NullMarked
package io.scalingtoolkit.sample.platform.edge;

import org.jspecify.annotations.NullMarked;
