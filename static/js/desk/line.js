// Following the blog: the socket tells what changed, `/changes` fills every gap; without a socket the desk polls.

import { io } from "../../vendor/socket.io.esm.min.js";

const POLL = 4000; // ms between two looks
const PATIENCE = 15_000; // ms for an answer

/**
 * Keep `state` up to date and call `show` after every change.
 * @param tell called with a few words about the line
 * @returns {refresh}: resolves when the state is at least as new as when it was called, or the line is down
 */
export function follow({ slug, state, show, tell }) {
  const socket = io("/live", {
    transports: ["websocket"],
    auth: (give) => give({ blog: slug, ...(state.epoch && { epoch: state.epoch, seq: state.seq }) }),
  });
  let asking = null;
  let again = false;

  function refresh() {
    if (asking) again = true; // the answer under way may be older than what we were called for
    else asking = catchUp().catch(() => tell("No connection. Trying again…")).finally(() => { asking = null; });
    return asking;
  }

  async function catchUp() {
    do {
      again = false;
      const position = `epoch=${encodeURIComponent(state.epoch)}&after=${state.seq}`;
      const path = `/api/v1/blogs/${slug}/changes?${position}`;
      const answer = await fetch(path, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
      if (answer.status === 404) return tell("This blog cannot be read now. Are you still signed in?");
      if (!answer.ok) throw new Error(answer.status);
      if (!state.take(await answer.json())) again = true; // the state went on to another life meanwhile
    } while (again);
    show();
    join();
    return tell(inWords());
  }

  /** Ask for the socket again where it was refused: a draft's is, until the blog is opened. */
  function join() {
    if (!socket.active && state.blog && state.blog.status !== "draft") socket.connect();
  }

  function inWords() {
    if (socket.connected) return "Connected";
    return state.blog?.status === "draft" ? "Draft, closed to readers. Checking every few seconds" : "Checking every few seconds";
  }

  function take(message) {
    if (!message.objects || !state.take(message)) return refresh();
    show();
    return tell(inWords());
  }

  socket.on("sync", take);
  socket.on("change", take);
  socket.on("head", ({ epoch, seq }) => { if (epoch !== state.epoch || seq > state.seq) refresh(); });
  socket.on("disconnect", () => tell("No connection. Trying again…"));
  function look() {
    if (!document.hidden && !socket.connected) refresh();
  }
  setInterval(look, POLL);
  addEventListener("online", look);
  addEventListener("offline", () => tell("No connection. Trying again…"));
  document.addEventListener("visibilitychange", look);
  refresh();
  return { refresh };
}
