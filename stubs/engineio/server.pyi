from engineio.socket import Socket

class Server:
    class reason:
        SERVER_DISCONNECT: str
        TRANSPORT_CLOSE: str

    sockets: dict[str, Socket]

    def generate_id(self) -> str: ...
    def _trigger_event(self, event: str, *args: object, run_async: bool = False) -> object: ...
