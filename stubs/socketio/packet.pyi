from typing import Any

CONNECT: int
DISCONNECT: int
EVENT: int
ACK: int

class Packet:
    packet_type: int
    data: Any
    def __init__(
        self,
        packet_type: int = 2,
        data: Any = None,
        namespace: str | None = None,
        id: int | None = None,
        binary: bool | None = None,
        encoded_packet: str | None = None,
    ) -> None: ...
