// The line to the server: a websocket; while that cannot be had, long polling, so that readers lose nothing but seconds.

import { io } from "/static/vendor/socket.io.esm.min.js";

const TRIES = 3; // failed websockets before polling begins
const POLL_PAUSE = 2000;
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

export function connect({ slug, follower, show, changed }) {
  let failed = 0;
  let polling = false;
  let spread = 5000;
  let timer = null;
  const socket = io("/live", {
    transports: ["websocket"],
    reconnection: false, // our own, spread out over what the server asks for
    auth: (give) => give({ blog: slug, ...follower.position }),
  });

  function again(within) {
    clearTimeout(timer);
    const wait = Math.random() * (failed ? Math.min(within, 1000 * 2 ** failed) : within);
    timer = setTimeout(() => socket.connect(), failed > TRIES ? 15000 + wait : wait);
  }

  function lost() {
    if (!polling) show("reconnecting");
    failed += 1;
    if (failed >= TRIES) poll();
    again(spread);
  }

  async function poll() {
    if (polling) return;
    polling = true;
    while (polling && !socket.connected) {
      show("polling");
      const before = follower.position;
      await follower.catchUp((position) => changed(position, 25)).catch(() => pause(POLL_PAUSE));
      if (before === follower.position) await pause(300);
    }
    polling = false;
  }

  socket.on("sync", (message) => {
    failed = 0;
    polling = false;
    spread = message.retry_ms ?? spread;
    Promise.resolve(follower.sync(message)).then(() => show("live"), () => again(spread));
  });
  const asked = (answer) => answer?.catch?.(() => show("reconnecting"));
  socket.on("change", (message) => asked(follower.change(message)));
  socket.on("head", (message) => asked(follower.head(message)));
  socket.on("bye", ({ retry_ms: ms }) => { spread = ms ?? spread; });
  socket.on("disconnect", lost);
  socket.on("connect_error", lost);
  // A phone that wakes, or a line that is back, need not wait for its turn.
  addEventListener("online", () => { if (!socket.connected) again(500); });
  addEventListener("offline", () => { show("reconnecting"); socket.disconnect(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden && !socket.connected) again(500); });
}
