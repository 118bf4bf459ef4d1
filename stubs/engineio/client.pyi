from websocket import WebSocket

class Client:
    ws: WebSocket
