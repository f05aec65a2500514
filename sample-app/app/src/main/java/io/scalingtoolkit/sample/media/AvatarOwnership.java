// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.media;

import io.scalingtoolkit.sample.platform.edge.Edge;
import io.scalingtoolkit.sample.platform.privacy.PersonalData;
import io.scalingtoolkit.sample.platform.sql.Database;
import io.scalingtoolkit.sample.platform.sql.Databases;
import java.io.UncheckedIOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Which file belongs to whom. A row that goes takes its file with it after the commit; a file whose
 * row was never written, or whose deletion a crash prevented, has no row, and the sweep takes it at
 * the next start: after the schema is there and before the first request can bring a file whose row
 * is still to come. Thread-safe.
 */
@Component
final class AvatarOwnership implements PersonalData, SmartInitializingSingleton {

  /** Where pictures are served. */
  static final String PATH = "/avatars/";

  private static final Logger LOG = LoggerFactory.getLogger(AvatarOwnership.class);

  private final AvatarRows rows;
  private final AvatarFiles files;
  private final Edge edge;
  private final Databases databases;

  AvatarOwnership(AvatarRows rows, AvatarFiles files, Edge edge, Databases databases) {
    this.rows = rows;
    this.files = files;
    this.edge = edge;
    this.databases = databases;
  }

  @Override
  public String section() {
    return "avatars";
  }

  @Override
  public void export(String userId, Consumer<Object> sink) {
    rows.namesOf(userId).forEach(name -> sink.accept(Map.of("url", PATH + name)));
  }

  /** Drops rows now and files after the commit of the transaction this is called in. */
  @Override
  public void erase(String userId) {
    List<String> names = rows.namesOf(userId);
    rows.deleteOf(userId);
    TransactionSynchronizationManager.registerSynchronization(
        new TransactionSynchronization() {
          @Override
          public void afterCommit() {
            names.forEach(AvatarOwnership.this::deleteFile);
          }
        });
  }

  @Override
  public void afterSingletonsInstantiated() {
    Set<String> known = new HashSet<>();
    for (Database database : databases.all()) {
      database.read().executeWithoutResult(status -> known.addAll(AvatarRows.names(database)));
    }
    int deleted = files.sweep(known::contains);
    if (deleted > 0) {
      LOG.info("avatars.swept: {} files without an owner were deleted", deleted);
    }
  }

  /** What a cache in front knows a picture by. */
  static String edgeTag(String name) {
    return "avatar-" + name;
  }

  private void deleteFile(String name) {
    try {
      files.delete(name);
    } catch (UncheckedIOException e) {
      LOG.warn("avatars.left: a file was not deleted; the sweep of the next start takes it", e);
    }
    // Last: a cache in front that forgot earlier would get it once more.
    edge.changed(edgeTag(name), List.of(PATH + name));
  }
}
