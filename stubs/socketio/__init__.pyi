from socketio import exceptions as exceptions
from socketio.server import Server as Server
