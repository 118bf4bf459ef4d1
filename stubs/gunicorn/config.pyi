from typing import Any

class Config:
    def set(self, name: str, value: object) -> None: ...
    def __getattr__(self, name: str) -> Any: ...  # one for each setting
