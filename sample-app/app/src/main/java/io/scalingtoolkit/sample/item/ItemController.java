// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.item;

import io.scalingtoolkit.sample.platform.web.ApiPaths;
import io.scalingtoolkit.sample.platform.web.Etags;
import io.scalingtoolkit.sample.platform.web.Idempotency;
import io.scalingtoolkit.sample.platform.web.JsonText;
import io.scalingtoolkit.sample.platform.web.Problem;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.security.Principal;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Items over HTTP. Thread-safe. */
@RestController
@RequestMapping(
    path = {ApiPaths.ROOT + "/items", ApiPaths.VERSIONED + "/items"},
    version = ApiPaths.V1,
    produces = MediaType.APPLICATION_JSON_VALUE)
final class ItemController {

  private static final int LARGEST_PAGE = 100;

  /** Bounds the memory of a page of large items. */
  private static final long LARGEST_PAGE_CHARS = 256 * 1024;

  private final ItemService items;
  private final ItemCursors cursors;
  private final Idempotency idempotency;

  ItemController(ItemService items, ItemCursors cursors, Idempotency idempotency) {
    this.items = items;
    this.cursors = cursors;
    this.idempotency = idempotency;
  }

  /** The body of a creation or replacement. */
  @Schema(name = "ItemContent")
  record Content(@Nullable JsonText data) {

    private static final int LARGEST_BYTES = 64 * 1024;
    private static final int DEEPEST = 32;

    JsonText checked() {
      if (data == null) {
        throw Problem.unprocessable("data", "is required and must be an object");
      }
      if (data.depth() > DEEPEST) {
        throw Problem.unprocessable("data", "must not be more than 32 levels deep");
      }
      if (data.text().getBytes(java.nio.charset.StandardCharsets.UTF_8).length > LARGEST_BYTES) {
        throw Problem.unprocessable("data", "must not be larger than 65536 bytes as compact JSON");
      }
      return data;
    }
  }

  /** One page of the list. */
  @Schema(name = "ItemPage")
  record Page(List<Item.View> items, @Nullable String next) {}

  @PostMapping(consumes = MediaType.APPLICATION_JSON_VALUE)
  ResponseEntity<?> create(
      @RequestBody Content content, Principal caller, HttpServletRequest request) {
    JsonText data = content.checked();
    String userId = caller.getName();
    return idempotency.run(
        request,
        userId,
        () -> {
          Item item = items.create(userId, data);
          String root = ApiPaths.rootOf(request.getRequestURI());
          return ResponseEntity.created(URI.create(root + "/items/" + item.id()))
              .eTag(Etags.of(item.version()))
              .body(item.view());
        });
  }

  @GetMapping("/{id}")
  ResponseEntity<Item.View> read(
      @PathVariable String id,
      Principal caller,
      @RequestHeader(name = HttpHeaders.IF_NONE_MATCH, required = false)
          @Nullable String ifNoneMatch) {
    Item item = items.read(id, caller.getName());
    if (Etags.isCurrent(ifNoneMatch, item.version())) {
      return ResponseEntity.status(HttpStatus.NOT_MODIFIED).eTag(Etags.of(item.version())).build();
    }
    return answer(item);
  }

  @PutMapping(path = "/{id}", consumes = MediaType.APPLICATION_JSON_VALUE)
  ResponseEntity<Item.View> replace(
      @PathVariable String id,
      @RequestBody Content content,
      Principal caller,
      @RequestHeader(name = HttpHeaders.IF_MATCH, required = false) @Nullable String ifMatch) {
    return answer(items.replace(id, caller.getName(), content.checked(), ifMatch));
  }

  @DeleteMapping("/{id}")
  ResponseEntity<Void> delete(
      @PathVariable String id,
      Principal caller,
      @RequestHeader(name = HttpHeaders.IF_MATCH, required = false) @Nullable String ifMatch) {
    items.delete(id, caller.getName(), ifMatch);
    return ResponseEntity.noContent().build();
  }

  @GetMapping
  Page list(
      @RequestParam(defaultValue = "20") String limit,
      @RequestParam(required = false) @Nullable String cursor,
      Principal caller) {
    String userId = caller.getName();
    int size = pageSize(limit);
    ItemCursor after = cursor == null ? null : cursors.read(cursor, userId);
    ItemRows.Page found = items.page(userId, after, size, LARGEST_PAGE_CHARS);
    if (!found.more()) {
      return new Page(views(found.items()), null);
    }
    Item last = found.items().get(found.items().size() - 1);
    String next = cursors.write(new ItemCursor(last.createdAt(), last.id()), userId);
    return new Page(views(found.items()), next);
  }

  private static List<Item.View> views(List<Item> items) {
    return items.stream().map(Item::view).toList();
  }

  private static ResponseEntity<Item.View> answer(Item item) {
    return ResponseEntity.ok().eTag(Etags.of(item.version())).body(item.view());
  }

  private static int pageSize(String text) {
    int size = text.matches("[0-9]{1,3}") ? Integer.parseInt(text) : 0;
    if (size < 1 || size > LARGEST_PAGE) {
      throw Problem.badRequest("The parameter limit must be a whole number from 1 to 100.");
    }
    return size;
  }
}
