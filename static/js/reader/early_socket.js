// Connects while the page's own script is on its way, because that takes three round trips. live_socket.js takes over
// what was said so far. Not a module: it must not wait.
{
  const { dataset: { blog, epoch, seq, mark } } = /** @type {HTMLScriptElement} */ (document.currentScript);
  const { prefix = "" } = document.documentElement.dataset;
  const site = location.origin.replace(/^http/, "ws") + prefix;
  const socket = new WebSocket(`${site}/socket.io/?EIO=4&transport=websocket`);
  const greeting = `40/live,${JSON.stringify({ blog, epoch, seq: Number(seq), mark })}`; // Socket.IO's CONNECT
  socket.addEventListener("open", () => socket.send(greeting));
  socket.addEventListener("message", ({ data }) => globalThis.early?.messages.push(data));
  globalThis.early = { socket, messages: [] };
}
