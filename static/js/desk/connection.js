// Following the blog on both timelines, the public one and the desk's: the socket tells what changed, `/changes` fills
// every gap; without a socket the desk polls.

import { io } from "../../vendor/socket.io.esm.min.js";
import { Follower } from "../reader/protocol.js";

/** @typedef {import("./state.js").State} State */

const POLL = 4000; // ms between two looks
const ALIVE = 3000; // ms between two signs of life
const PATIENCE = 15_000; // ms for an answer
const AWAY = "No connection. Trying again…";

/**
 * Keep the states of both timelines up to date.
 * @param {object} options
 * @param {string} options.slug
 * @param {{public: State, desk: State}} options.states
 * @param {() => void} options.show called after every change
 * @param {(words: string) => void} options.tell a few words about the line
 * @param {(people: import("./desk.d.ts").Person[]) => void} options.people who is at the desk
 * @param {(figures: any) => void} options.figures
 * @param {() => string | null} options.editing what is being edited here, `post:…` or null
 * @returns `refresh` resolves when the states are at least as new as when it was called, or the line is down
 */
export function follow({ slug, states, show, tell, people, figures, editing }) {
  const scopes = {
    public: scope(states.public, `/api/v1/blogs/${slug}/changes`),
    desk: scope(states.desk, `/api/v1/blogs/${slug}/desk/changes`),
  };
  const socket = io("/desk", {
    transports: ["websocket"],
    auth: (give) => {
      const { epoch, seq } = scopes.public.position;
      give({ blog: slug, ...(epoch
        && { epoch, seq, desk_seq: scopes.desk.position.epoch === epoch ? scopes.desk.position.seq : 0 }) });
    },
  });
  let refused = false; // who is signed out, or shut out, is told so

  function scope(state, path) {
    const ask = async (query) => {
      const answer = await fetch(`${path}${query}`,
        { cache: "no-store", headers: { Accept: "application/json" }, signal: AbortSignal.timeout(PATIENCE) });
      refused = [401, 403, 404].includes(answer.status);
      if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
      return answer.json();
    };
    return new Follower({
      position: { epoch: "", seq: 0 },
      apply(objects, reset) {
        state.put(objects, reset);
        show();
      },
      fetchChanges: ({ epoch, seq }) => ask(epoch ? `?epoch=${encodeURIComponent(epoch)}&after=${seq}` : "?after=0"),
      fetchState: () => ask("?after=0"),
    });
  }

  /** Ask anew: an answer under way may be older than what we were called for. */
  async function fresh(follower) {
    await follower.asking?.catch(() => {});
    return follower.catchUp();
  }

  function refresh() {
    return Promise.all(Object.values(scopes).map(fresh)).then(settled, lost);
  }

  function settled() {
    if (!socket.active) socket.connect(); // refused before: signed out, or storage was away
    tell(socket.connected ? "Connected" : "Checking every few seconds");
  }

  function lost() {
    tell(refused ? "This blog cannot be read now. Are you still signed in?" : AWAY);
  }

  const heard = (asked) => Promise.resolve(asked).then(settled, lost);
  socket.on("sync", (message) => heard(scopes[message.scope].sync(message)));
  socket.on("change", (message) => heard(scopes[message.scope].change(message)));
  socket.on("head", ({ epoch, seq, desk_seq: desk }) => {
    heard(scopes.public.head({ epoch, seq }));
    heard(scopes.desk.head({ epoch, seq: desk }));
  });
  socket.on("presence", (message) => people(message.people));
  socket.on("figures", figures);
  socket.on("connect", live);
  socket.on("disconnect", () => {
    people([]);
    tell(AWAY);
  });

  /** A sign of life, and what is being edited here. */
  function live() {
    if (socket.connected) socket.emit("editing", { ref: editing() });
  }

  function look() {
    if (!document.hidden && !socket.connected) refresh();
  }
  setInterval(live, ALIVE);
  setInterval(look, POLL);
  addEventListener("online", look);
  addEventListener("offline", () => tell(AWAY));
  document.addEventListener("visibilitychange", look);
  refresh();
  return { refresh, live };
}
