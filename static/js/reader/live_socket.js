// A reader's side of Socket.IO (protocol 5, over a websocket of Engine.IO 4, namespace /live): it introduces itself,
// listens, and answers pings. The whole client would be a third of the page's script.
// https://socket.io/docs/v4/socket-io-protocol/

import { prefix } from "./site.js";

/** The connection that early_socket.js began, unless it has failed by now. */
function takeEarly() {
  const { early } = globalThis;
  delete globalThis.early;
  return early && early.socket.readyState <= early.socket.OPEN ? early : undefined;
}

export class LiveSocket {
  /** The server has admitted it. */
  connected = false;
  /** @type {WebSocket | null} */
  #socket = null;
  #options;

  /**
   * @param {object} options
   * @param {() => object} options.auth what each connection introduces itself with
   * @param {(event: string, message: any) => void} options.hear called with each event
   * @param {() => void} options.alive called at each ping
   * @param {(now: number) => void} options.opened called with the server's time, ms since 1970
   * @param {(code?: string) => void} options.lost the connection ended or could not be made; the code of a refusal
   */
  constructor(options) {
    this.#options = options;
  }

  connect() {
    const early = takeEarly();
    const socket = early?.socket ?? new WebSocket(
      `${location.origin.replace(/^http/, "ws")}${prefix}/socket.io/?EIO=4&transport=websocket`);
    this.#socket = socket;
    if (!early) socket.onopen = () => socket.send(`40/live,${JSON.stringify(this.#options.auth())}`);
    socket.onmessage = (event) => this.#heard(event.data);
    socket.onclose = () => this.#end();
    early?.messages.forEach((data) => this.#heard(data));
  }

  disconnect() {
    const socket = this.#socket;
    this.connected = false;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  /** @param {string} packet Engine.IO's type, then Socket.IO's, the namespace and the content */
  #heard(packet) {
    const content = () => JSON.parse(packet.slice("42/live,".length));
    if (packet === "2") {
      this.#socket?.send("3");
      this.#options.alive();
    } else if (packet.startsWith("0")) this.#options.opened(JSON.parse(packet.slice(1)).now);
    else if (packet.startsWith("40/live,")) this.connected = true;
    else if (packet.startsWith("42/live,")) {
      const [event, message] = content();
      this.#options.hear(event, message);
    } else if (packet.startsWith("44/live,")) this.#end(content().data?.code);
    else if (packet.startsWith("41/live,")) this.#end();
  }

  /** @param {string} [code] */
  #end(code) {
    this.disconnect();
    this.#options.lost(code);
  }
}
