// node follow_socket.mjs https://live.example.org/live/anora: follows a blog with the stock Socket.IO client by the
// rules of docs/protocol.md, and prints what it holds after every change.
import { io } from "socket.io-client";

const page = new URL(process.argv[2]);
const [path, blog] = page.pathname.split("/live/");
const changes = `${page.href.replace("/live/", "/api/v1/blogs/")}/changes`;
const held = new Map();
let position = {}; // of the beginning; then {epoch, seq, mark}
let failures = 0;
let low; // the last head

function apply({ epoch, seq, mark, reset, objects }) {
  if (epoch === position.epoch && seq <= position.seq && !reset) return; // known
  if (reset || epoch !== position.epoch) held.clear();
  for (const each of objects) held.set(`${each.kind}:${each.id}`, each);
  position = { epoch, seq, mark };
  console.log(epoch, seq, ...[...held].map(([name, each]) => `${name}@${each.seq}`).sort());
}

async function ask() {
  const { epoch, seq, mark = "" } = position;
  const query = epoch ? `?${new URLSearchParams({ epoch, after: seq, mark })}` : "";
  const answer = await fetch(changes + query, { signal: AbortSignal.timeout(30_000) });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  apply(await answer.json());
}

const forked = ({ epoch, seq, mark }) => // the server has another history at our position
  epoch === position.epoch && seq === position.seq && mark && position.mark && mark !== position.mark;
const hear = {
  sync: (message) => (message.objects && (message.reset || !forked(message)) ? apply(message) : ask()),
  change: (message) => {
    const { epoch, prev, prev_mark: mark } = message;
    const gap = epoch !== position.epoch || prev > position.seq || forked({ epoch, seq: prev, mark });
    return gap || forked(message) ? ask() : apply(message);
  },
  head: (message) => {
    const { epoch, seq } = message;
    const stays = seq < position.seq && seq === low; // one that lags would have moved
    low = seq;
    return epoch !== position.epoch || seq > position.seq || stays || forked(message) ? ask() : undefined;
  },
};

function connect() {
  const auth = { blog, ...position };
  const options = { path: `${path}/socket.io/`, transports: ["websocket"], reconnection: false, forceNew: true };
  const socket = io(`${page.origin}/live`, { ...options, auth });
  let turn = Promise.resolve(); // one message after the other: those that come while it asks wait
  let gone = false;
  const again = () => {
    if (gone) return;
    gone = true;
    socket.disconnect();
    turn.finally(() => setTimeout(connect, Math.random() * Math.min(3000 * 2 ** failures++, 30_000)));
  };
  for (const [name, act] of Object.entries(hear)) {
    socket.on(name, (message) => { turn = turn.then(() => !gone && act(message)).catch(again); });
  }
  socket.on("connect", () => { failures = 0; });
  socket.on("disconnect", again);
  socket.on("connect_error", ({ data }) => { if (data?.code === "not_found") process.exit(1); else again(); });
}
connect();
