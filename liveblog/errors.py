"""Refusals: all errors that clients see, each with a stable code and an HTTP status.

The body on the wire is RFC 9457 ``application/problem+json``; ``web/answers.py`` makes it, the CLI prints ``detail``.
"""

from __future__ import annotations


class Refusal(Exception):
    """A refusal: `code` is stable for clients, `detail` is one sentence for people, and nothing was changed."""

    status = 400
    code = "bad_request"
    title = "Bad request"

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        field: str | None = None,
        current: object = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or type(self).code
        self.field = field
        self.current = current
        self.retry_after = retry_after
        self.call: dict[str, object] | None = None
        """The act of a colleague that came first, for those who may know."""

    def problem(self) -> dict[str, object]:
        """The RFC 9457 members of this refusal."""
        members = {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "field": self.field,
            "current": self.current,
            "call": self.call,
        }
        return {name: value for name, value in members.items() if value is not None}


class NotSignedIn(Refusal):
    status, code, title = 401, "not_signed_in", "Not signed in"


class Forbidden(Refusal):
    status, code, title = 403, "forbidden", "Not allowed"


class OutOfScope(Forbidden):
    """A token lacks the scope that a call needs; `scope` names it, or is None where no scope helps."""

    code, title = "insufficient_scope", "Out of the token's scope"

    def __init__(self, scope: str | None) -> None:
        super().__init__(
            f"this token lacks the scope {scope}" if scope else "a token with scopes is valid for the API's calls only"
        )
        self.scope = scope

    def problem(self) -> dict[str, object]:
        return super().problem() | ({"scope": self.scope} if self.scope else {})


class ReadOnly(Forbidden):
    """A relay was asked for something else than what readers read; `origin` is the address of the site that has it."""

    code, title = "read_only", "Read only"

    def __init__(self, origin: str) -> None:
        super().__init__(f"this is a relay, which only reads; the origin is {origin}")
        self.origin = origin


class NotFound(Refusal):
    status, code, title = 404, "not_found", "Not found"


class Gone(Refusal):
    """Something that was deleted and does not come back at this address."""

    status, code, title = 410, "gone", "Deleted"


class TooSlow(Refusal):
    """A request whose body did not come in time."""

    status, code, title = 408, "too_slow", "Too slow"


class WrongState(Refusal):
    """The act does not fit its object's state, for instance the confirmation of a result that was never announced."""

    status, code, title = 409, "wrong_state", "Does not fit the current state"


class Stale(Refusal):
    """`If-Match` named an older version; `current` is the object's current version."""

    status, code, title = 412, "stale", "Changed meanwhile"


class TooLarge(Refusal):
    status, code, title = 413, "too_large", "Too large"


class Unsupported(Refusal):
    """A file of a kind that is not accepted."""

    status, code, title = 415, "unsupported_type", "Not a kind of file that is taken"


class Invalid(Refusal):
    """A bad value; `field` names it."""

    status, code, title = 422, "invalid", "Invalid value"


class NoUpgrade(Refusal):
    """A request to a websocket's address that cannot become a websocket."""

    status, code, title = 426, "upgrade_required", "Upgrade required"


class TooMany(Refusal):
    status, code, title = 429, "too_many", "Too many requests"


class NoSuchFormat(Refusal):
    """A request for a description in a format that this program does not write."""

    status, code, title = 501, "no_such_format", "No such format"


class NewerData(Refusal):
    """A newer release has written the data in a format that this one does not know. Nothing was read or written."""

    status, code, title = 503, "newer_data", "Written by a newer release"


class Damaged(Refusal):
    """Storage returned something else than was stored, so it is not served."""

    status, code, title = 503, "damaged_data", "Damaged in storage"


class Unavailable(Refusal):
    """The storage cannot be reached; the client should try again later."""

    status, code, title = 503, "storage_unavailable", "Storage unavailable"


class Overloaded(Unavailable):
    """More people sign in than passwords can be checked; the client should try again in some seconds."""

    code, title = "overloaded", "Too many at once"
