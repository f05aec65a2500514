vcl 4.1;

import std;

backend application {
  .host = "${host}";
  .port = "${port}";
}

acl purgers {
  "127.0.0.1";
}

sub vcl_recv {
  if (req.method == "PURGE" || req.method == "BAN") {
    if (client.ip !~ purgers) {
      return (synth(403));
    }
    if (req.method == "PURGE") {
      set req.http.Host = req.http.Purge-Host;
      return (purge);
    }
    if (req.http.Purge-Tags && std.ban("obj.http.Surrogate-Key ~ " + req.http.Purge-Tags)) {
      return (synth(200));
    }
    return (synth(400, "Bad ban"));
  }
  if (req.restarts == 0) {
    unset req.http.X-Stale;
  } elsif (req.http.X-Stale == "never") {
    set req.grace = 0s; # past stale-while-revalidate: wait for the application
  } elsif (req.http.X-Stale == "instead") {
    set req.grace = 366d; # it failed: stale-if-error
  }
}

sub vcl_backend_fetch {
  unset bereq.http.X-Stale;
}

sub vcl_backend_response {
  if (beresp.status >= 500) {
    return (abandon); # keeps what there is
  }
  if (beresp.http.CDN-Cache-Control ~ "max-age=\d+") {
    set beresp.ttl =
      std.duration(regsub(beresp.http.CDN-Cache-Control, "^.*max-age=(\d+).*$", "\1s"), 0s);
    set beresp.grace = 0s;
    if (beresp.http.CDN-Cache-Control ~ "stale-while-revalidate=\d+") {
      set beresp.grace =
        std.duration(regsub(beresp.http.CDN-Cache-Control, "^.*revalidate=(\d+).*$", "\1s"), 0s);
    }
    set beresp.http.X-Updating = beresp.grace;
    if (beresp.http.CDN-Cache-Control ~ "stale-if-error=\d+") {
      set beresp.grace =
        std.duration(regsub(beresp.http.CDN-Cache-Control, "^.*error=(\d+).*$", "\1s"), 0s);
    }
    if (beresp.grace < std.duration(beresp.http.X-Updating + "s", 0s)) {
      set beresp.grace = std.duration(beresp.http.X-Updating + "s", 0s);
    }
    set beresp.keep = 1d; # to ask with If-None-Match
  }
}

sub vcl_backend_error {
  return (abandon);
}

sub vcl_hit {
  if (!req.http.X-Stale && obj.http.X-Updating
      && obj.ttl + std.duration(obj.http.X-Updating + "s", 0s) < 0s) {
    set req.http.X-Stale = "never";
    return (restart);
  }
}

sub vcl_synth {
  if (resp.status == 503 && req.http.X-Stale == "never") {
    set req.http.X-Stale = "instead";
    return (restart);
  }
  if ((req.method == "PURGE" || req.method == "BAN") && resp.status == 200) {
    set resp.http.Purge-Result = "done";
  }
}

sub vcl_deliver {
  set resp.http.X-Cache = "MISS";
  if (obj.hits > 0) {
    set resp.http.X-Cache = "HIT";
  }
  unset resp.http.X-Updating;
  unset resp.http.CDN-Cache-Control;
  unset resp.http.Surrogate-Key;
}
