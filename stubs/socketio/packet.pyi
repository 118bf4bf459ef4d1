from typing import Any

CONNECT: int
DISCONNECT: int
EVENT: int
ACK: int

class Packet:
    packet_type: int
    data: Any
    def __init__(self, *, encoded_packet: str) -> None: ...
