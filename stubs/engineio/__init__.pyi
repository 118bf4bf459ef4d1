from engineio.server import Server as Server
