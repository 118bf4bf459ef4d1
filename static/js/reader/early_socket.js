// Connects while the page's own script is on its way, because that takes three round trips. connection.js takes over
// what was said so far. Not a module: it must not wait.
{
  const { dataset: { blog, epoch, seq } } = /** @type {HTMLScriptElement} */ (document.currentScript);
  const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/socket.io/?EIO=4&transport=websocket`);
  const greeting = `40/live,${JSON.stringify({ blog, epoch, seq: Number(seq) })}`; // Socket.IO's CONNECT
  const keep = (/** @type {Event} */ event) => globalThis.early?.events.push(event);
  for (const type of ["open", "message", "error", "close"]) socket.addEventListener(type, keep);
  socket.addEventListener("open", () => socket.send(greeting));
  globalThis.early = { socket, events: [] };
}
