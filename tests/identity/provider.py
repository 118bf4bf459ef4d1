"""An OpenID Connect provider for tests that does what it is told, also what no honest one does."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "liveblog", "a secret: of both & no other"
ACCESS = "access-token-of-ana"


class FakeProvider:
    """`person` is who signs in; `claims` and `discovery` replace what would be said; `asked` counts by path."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.person: dict[str, Any] = {"sub": "ana-7", "name": "Ana", "groups": ["desk"]}
        self.claims: dict[str, Any] = {}
        self.discovery: dict[str, Any] = {}
        self.userinfo: dict[str, Any] | None = None
        self.key = self.new_key("one")
        self.published = [self.key]
        self.id_token: str | None = None
        self.status = 200
        self.asked: dict[str, int] = {}
        self.codes: dict[str, dict[str, str]] = {}
        self.wrong_requests: list[str] = []
        self.issued: list[str] = []

    def new_key(self, kid: str) -> RSAKey:
        return RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"})

    def goes_in(self, address: str) -> dict[str, str]:
        """A person opens the way in and signs in there. Returns what the provider sends back with the browser."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return {"code": code, "state": asked["state"], "iss": self.url}

    def signed(self, claims: dict[str, Any], key: RSAKey | None = None) -> str:
        key = key or self.key
        return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key, algorithms=["RS256"])

    def token_for(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        found = {**claims, **self.person, **self.claims}
        return self.signed({name: value for name, value in found.items() if value is not None})

    def logout_token(self, **changed: Any) -> str:
        events: dict[str, Any] = {"http://schemas.openid.net/event/backchannel-logout": {}}
        claims = {"iss": self.url, "aud": CLIENT, "iat": int(time.time()), "jti": "1", "sub": "ana-7", "events": events}
        return self.signed({name: value for name, value in (claims | changed).items() if value is not None})

    def answer(self, method: str, path: str, body: str, headers: Any) -> tuple[int, Any]:
        self.asked[path] = self.asked.get(path, 0) + 1
        if self.status != 200:
            return self.status, {}
        if path == "/.well-known/openid-configuration":
            ends = {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/auth",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/jwks",
                "userinfo_endpoint": f"{self.url}/me",
                "end_session_endpoint": f"{self.url}/end",
            }
            return 200, ends | self.discovery
        if path == "/jwks":
            return 200, {"keys": [key.as_dict(private=False) for key in self.published]}
        if path == "/token":
            return self._exchanged({name: values[0] for name, values in parse_qs(body).items()}, headers)
        if path == "/me" and self.userinfo is not None:
            return 200, self.userinfo
        return 404, {}

    def _exchanged(self, sent: dict[str, str], headers: Any) -> tuple[int, Any]:
        asked = self.codes.pop(sent.get("code", ""), None)
        digest = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        pair = base64.b64encode(b"liveblog:a+secret%3A+of+both+%26+no+other").decode()
        right = (
            asked is not None
            and base64.urlsafe_b64encode(digest).decode().rstrip("=") == asked["code_challenge"]
            and asked["redirect_uri"] == sent.get("redirect_uri")
            and headers.get("Authorization") == f"Basic {pair}"
        )
        if asked is None or not right:
            self.wrong_requests.append(str(sent))
            return 400, {"error": "invalid_grant"}
        token = self.token_for(asked) if self.id_token is None else self.id_token
        self.issued += [token, ACCESS]
        return 200, {"id_token": token, "access_token": ACCESS, "token_type": "Bearer"}


@contextmanager
def fake_provider() -> Iterator[FakeProvider]:
    """A provider that runs on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            status, said = provider.answer(self.command, urlsplit(self.path).path, body, self.headers)
            data = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            if status == 302:
                self.send_header("Location", f"{provider.url}/elsewhere")
            self.end_headers()
            self.wfile.write(data)

        do_POST = do_GET

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        provider = FakeProvider(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield provider
        finally:
            server.shutdown()
            thread.join()
