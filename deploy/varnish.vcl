# Varnish 6.6 or newer in front of a web process (docs/running.md, "Caches are told"). It keeps what is public for as long
# as its answer says, passes push and editors through, and drops by cache tags what was withdrawn.
# Web processes: LIVEBLOG_BASE_URL=https://live.example.org LIVEBLOG_CACHES=varnish=http://<this machine>:6081; on other
# machines also LIVEBLOG_PROXIES=<address of Varnish>. TLS ends in front of it, at Hitch, HAProxy or nginx.
vcl 4.1;

import std;

backend web {
  .host = "127.0.0.1";
  .port = "8000";
}

acl web_processes { # which may purge
  "127.0.0.1";
  "::1";
}

sub vcl_recv {
  if (req.method == "PURGE") {
    if (client.ip !~ web_processes) {
      return (synth(403));
    }
    if (req.http.xkey-purge !~ "^[a-z0-9]+( [a-z0-9]+)*$") {
      return (synth(400));
    }
    if (!std.ban("obj.http.Surrogate-Key ~ \b(" + regsuball(req.http.xkey-purge, " ", "|") + ")\b")) {
      return (synth(500, std.ban_error()));
    }
    return (synth(200));
  }
  unset req.http.X-Forwarded-Host; # what clients say of it does not count
  if (req.http.Upgrade ~ "(?i)^websocket$" || req.url ~ "^/api/v1/blogs/[^/]+/stream") {
    return (pipe);
  }
  if (req.http.Authorization || req.http.Cookie ~ "liveblog_session=" || req.url ~ "[?&](wait|cursor)=") {
    return (pass);
  }
  unset req.http.Cookie;
}

sub vcl_pipe {
  if (req.http.Upgrade) {
    set bereq.http.Upgrade = req.http.Upgrade;
    set bereq.http.Connection = "Upgrade";
  }
}

sub vcl_backend_fetch {
  set bereq.http.X-Asked-At = std.real(time=now);
}

sub vcl_backend_response {
  set beresp.grace = 0s; # nothing that may have been retracted since
  set beresp.keep = 0s;
  # What took longer may have been made before a retraction whose PURGE has come already: that is 1.5 s after it.
  if (now - std.time(real=std.real(bereq.http.X-Asked-At, 0.0)) > 1s && beresp.ttl > 1s) {
    set beresp.ttl = 1s;
  }
}

sub vcl_deliver {
  unset resp.http.Surrogate-Key; # these two are for caches
  unset resp.http.Cache-Tag;
}
