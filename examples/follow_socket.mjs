// node follow_socket.mjs https://live.example.org/live/anora: follows a blog with the stock Socket.IO client by the
// rules of docs/protocol.md, and prints what it holds after every change. What is not simply the next, it asks for.
import { io } from "socket.io-client";
const page = new URL(process.argv[2]);
const [path, blog] = page.pathname.split("/live/");
const held = new Map();
let position = {}; // of the beginning; then {epoch, seq, mark}
let low; // the seq that last came from a server behind us: one that only lags would move
let replaced = 0, said = 0; // how often the state was replaced; and when we last said where we are
let turn = Promise.resolve(); // one message after the other: those that come while it asks wait

const isOurs = ({ epoch, seq, mark = position.mark }) =>
  epoch === position.epoch && seq === position.seq && mark === (position.mark ?? mark);
function apply({ epoch, seq, mark, reset, objects }) {
  if (!reset && epoch === position.epoch && seq <= position.seq) return; // known
  if (reset || epoch !== position.epoch) { replaced++; held.clear(); }
  for (const each of objects) held.set(`${each.kind}:${each.id}`, each);
  position = { epoch, seq, mark };
  console.log(epoch, seq, ...[...held].map(([name, each]) => `${name}@${each.seq}`).sort());
}
async function hear({ epoch, seq, mark, prev, prev_mark, objects, reset }) {
  const isNext = reset || (prev === undefined ? said === replaced : isOurs({ epoch, seq: prev, mark: prev_mark }));
  if (objects && isNext) return apply({ epoch, seq, mark, reset, objects });
  const lags = epoch === position.epoch && seq < position.seq && seq !== low;
  low = seq;
  if (objects !== null && (lags || isOurs({ epoch, seq, mark }))) return;
  const after = position.epoch && new URLSearchParams({ mark: "", ...position, after: position.seq });
  const answer = await fetch(`${page.href.replace("/live/", "/api/v1/blogs/")}/changes?${after ?? ""}`);
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  apply(await answer.json());
}
const auth = (give) => { said = replaced; give({ blog, ...position }); };
const socket = io(`${page.origin}/live`, { path: `${path}/socket.io/`, transports: ["websocket"], auth });
const again = () => setTimeout(() => socket.disconnect().connect(), 1000 + 2000 * Math.random());
const back = () => socket.active || again(); // after a refusal the stock client does not come back by itself
for (const name of ["sync", "change", "head"]) {
  socket.on(name, (message) => { turn = turn.then(() => hear(message)).catch(again); });
}
socket.on("disconnect", back).on("connect_error", ({ data }) => data?.code === "not_found" ? process.exit(1) : back());
