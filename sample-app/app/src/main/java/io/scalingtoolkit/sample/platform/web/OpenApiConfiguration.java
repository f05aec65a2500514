// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.web;

import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.PathItem;
import io.swagger.v3.oas.models.info.Info;
import io.swagger.v3.oas.models.info.License;
import io.swagger.v3.oas.models.media.ArraySchema;
import io.swagger.v3.oas.models.media.BinarySchema;
import io.swagger.v3.oas.models.media.Content;
import io.swagger.v3.oas.models.media.IntegerSchema;
import io.swagger.v3.oas.models.media.MapSchema;
import io.swagger.v3.oas.models.media.MediaType;
import io.swagger.v3.oas.models.media.ObjectSchema;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.oas.models.media.StringSchema;
import io.swagger.v3.oas.models.parameters.Parameter;
import io.swagger.v3.oas.models.parameters.RequestBody;
import io.swagger.v3.oas.models.responses.ApiResponse;
import io.swagger.v3.oas.models.responses.ApiResponses;
import io.swagger.v3.oas.models.security.SecurityRequirement;
import io.swagger.v3.oas.models.security.SecurityScheme;
import io.swagger.v3.oas.models.servers.Server;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springdoc.core.customizers.GlobalOpenApiCustomizer;
import org.springdoc.core.providers.SpringWebProvider;
import org.springdoc.webmvc.core.providers.SpringWebMvcProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * The OpenAPI document: what springdoc reads from the controllers, completed with what stands only
 * in the contract, such as the problems of each call. It is built when first asked for.
 */
@Configuration(proxyBeanMethods = false)
class OpenApiConfiguration {

  private static final String TOKEN = "accessToken";
  private static final String PROBLEM = "#/components/schemas/Problem";

  /**
   * Keeps springdoc from rewriting paths by version: with an optional version segment it would put
   * the version in the place of the resource's name.
   */
  @Bean
  SpringWebProvider springWebProvider() {
    return new SpringWebMvcProvider(Optional.empty());
  }

  @Bean
  GlobalOpenApiCustomizer contract() {
    return OpenApiConfiguration::complete;
  }

  private static void complete(OpenAPI document) {
    document.setInfo(
        new Info()
            .title("Sample app")
            .version(ApiPaths.V1)
            .description(
                "Accounts, items and avatars. Every path under /api stands, with the same meaning,"
                    + " under /api/v1.")
            .license(new License().name("Apache-2.0")));
    document.setServers(List.of(new Server().url("/")));
    document.getPaths().keySet().removeIf(path -> path.startsWith("/api/{version"));
    Components components = document.getComponents();
    components.addSecuritySchemes(
        TOKEN,
        new SecurityScheme().type(SecurityScheme.Type.HTTP).scheme("bearer").bearerFormat("JWT"));
    components.addSchemas("Problem", problem());
    components.addSchemas(
        "JsonText", new MapSchema().description("Any JSON object, up to 64 KiB and 32 levels."));
    for (ApiCall call : ApiCall.all()) {
      Operation operation = operation(document, call);
      if (operation != null) {
        describe(operation, call);
      }
    }
    showSame(document, "/api/items", "/api/items/{id}");
    showSame(document, "/api/users", "/api/users/{id}");
  }

  /**
   * A creation answers with what a read shows; its Java type cannot say so, for a replay is text.
   */
  private static void showSame(OpenAPI document, String created, String read) {
    PathItem collection = document.getPaths().get(created);
    PathItem member = document.getPaths().get(read);
    if (collection == null || member == null) {
      return;
    }
    ApiResponse target = collection.getPost().getResponses().get("201");
    ApiResponse source = member.getGet().getResponses().get("200");
    if (target != null && source != null) {
      target.setContent(source.getContent());
    }
  }

  private static @Nullable Operation operation(OpenAPI document, ApiCall call) {
    PathItem path = document.getPaths().get(call.path());
    return path == null
        ? null
        : path.readOperationsMap().get(PathItem.HttpMethod.valueOf(call.method()));
  }

  private static void describe(Operation operation, ApiCall call) {
    operation.setSummary(call.summary());
    operation.setOperationId(operationId(call));
    operation.setTags(List.of(tag(call.path())));
    if (call.secured()) {
      operation.addSecurityItem(new SecurityRequirement().addList(TOKEN));
    }
    ApiResponses responses = operation.getResponses();
    ApiResponse success = responses.remove("200");
    ApiResponse described = success == null ? new ApiResponse() : success;
    if (call.success() == 204) {
      described.setContent(null);
    }
    if (call.path().startsWith("/avatars/")) {
      described.setContent(pictures());
    }
    responses.addApiResponse(
        Integer.toString(call.success()), described.description(call.summary()));
    for (int status : call.errors()) {
      responses.addApiResponse(Integer.toString(status), problemResponse(status));
    }
    if (call.method().equals("POST") && operation.getRequestBody() != null && isReplayable(call)) {
      operation.addParametersItem(idempotencyKey());
    }
    if (call.method().equals("PUT") && call.path().endsWith("/avatar")) {
      operation.setRequestBody(new RequestBody().required(true).content(pictures()));
    }
  }

  private static boolean isReplayable(ApiCall call) {
    return call.path().equals("/api/users") || call.path().equals("/api/items");
  }

  private static Parameter idempotencyKey() {
    return new Parameter()
        .in("header")
        .name("Idempotency-Key")
        .description("1 to 255 visible ASCII characters; the same key runs the call once.")
        .schema(new StringSchema().minLength(1).maxLength(255));
  }

  private static Content pictures() {
    Content content = new Content();
    for (String type : List.of("image/png", "image/jpeg", "image/webp")) {
      content.addMediaType(type, new MediaType().schema(new BinarySchema()));
    }
    return content;
  }

  private static ApiResponse problemResponse(int status) {
    return new ApiResponse()
        .description(ProblemType.ofStatus(status).title())
        .content(
            new Content()
                .addMediaType(
                    "application/problem+json",
                    new MediaType().schema(new Schema<Object>().$ref(PROBLEM))));
  }

  private static Schema<?> problem() {
    Schema<?> field =
        new ObjectSchema()
            .addProperty("field", new StringSchema())
            .addProperty("message", new StringSchema());
    Schema<?> problem =
        new ObjectSchema()
            .description("Problem details (RFC 9457).")
            .addProperty("type", new StringSchema().format("uri-reference"))
            .addProperty("title", new StringSchema())
            .addProperty("status", new IntegerSchema())
            .addProperty("detail", new StringSchema())
            .addProperty("instance", new StringSchema().format("uri-reference"))
            .addProperty("errors", new ArraySchema().items(field))
            .addProperty("traceId", new StringSchema());
    problem.setRequired(List.of("type", "title", "status", "detail"));
    return problem;
  }

  private static String tag(String path) {
    return path.startsWith("/api/") ? path.split("/", -1)[2] : "public";
  }

  private static String operationId(ApiCall call) {
    StringBuilder id = new StringBuilder(call.method().toLowerCase(java.util.Locale.ROOT));
    for (String word : call.path().split("[^a-z]+", -1)) {
      if (!word.isEmpty() && !word.equals("api")) {
        id.append(Character.toUpperCase(word.charAt(0))).append(word.substring(1));
      }
    }
    return id.toString();
  }
}
