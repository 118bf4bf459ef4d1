from engineio.client import Client as Client
from engineio.server import Server as Server
