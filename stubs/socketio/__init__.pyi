from socketio import exceptions as exceptions
from socketio.client import Client as Client
from socketio.server import Server as Server
