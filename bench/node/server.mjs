// Node's Socket.IO as a peer: the same conversation (connect to /live, sync, changes), one room, websockets only.
import { createServer } from "node:http";
import { Server } from "socket.io";

const [port, bytes] = process.argv.slice(2).map(Number);
const http = createServer();
const io = new Server(http, { transports: ["websocket"], serveClient: false, perMessageDeflate: false });
const live = io.of("/live");
const sync = { epoch: "e", seq: 1, reset: false, objects: [], retry_ms: 5000 };
live.on("connection", (/** @type {any} */ socket) => {
  socket.join("night");
  socket.emit("sync", sync);
});
const change = { epoch: "e", seq: 2, prev: 1, at: "2025-03-03T01:00:00.000Z", objects: [{ kind: "post", body: "" }] };
change.objects[0].body = "x".repeat(Math.max(0, bytes - JSON.stringify(["change", change]).length - 9));
process.stdin.on("data",
  (data) => { for (let n = 0; n < data.length; n += 1) live.to("night").emit("change", change); });
http.listen(port, "127.0.0.1", 4096, () => console.log("ready"));
