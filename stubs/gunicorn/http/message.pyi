from gunicorn.http.body import Body
from gunicorn.http.unreader import Unreader

class Request:
    method: str | None
    body: Body
    unreader: Unreader

    def should_close(self) -> bool: ...
