// The line to the server: a websocket; while that cannot be had, long polling, so that readers lose nothing but seconds.

import { io } from "../../vendor/socket.io.esm.min.js";

const POLL_AFTER = 2; // websockets that failed in a row before polling begins
const LONGEST = 30000; // between two attempts
const STUCK = 20000; // an attempt that neither came nor failed
const SILENT = 60000; // the server pings every 25 s: a line that is silent for longer is dead
const ASLEEP = 20000; // silence after which a page that is looked at again asks at once
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const spreadOut = (ms, tries) => Math.random() * Math.min(LONGEST, ms * 2 ** Math.max(0, tries - 1));

export function connect({ slug, follower, poll, show }) {
  let failed = 0; // attempts in a row
  let spread = 1000; // until the server tells
  let timer = null; // of the next attempt, or of giving this one up
  let polling = null; // the AbortController of the polling under way
  let answered = false; // the last poll was
  let retrying = false;
  let heard = Date.now();
  let gone = false; // the server does not know this blog: do not come back
  const socket = io("/live", {
    transports: ["websocket"],
    forceNew: true,
    reconnection: false, // our own, spread out over what the server asks for
    autoConnect: false,
    auth: (give) => give({ blog: slug, ...follower.position }),
  });

  function told() {
    if (gone) show("gone");
    else if (socket.connected) show(retrying ? "catching up" : "live");
    else show(polling && answered ? "polling" : "reconnecting");
  }

  function attempt() {
    clearTimeout(timer);
    if (socket.connected || gone) return;
    socket.disconnect(); // whatever is left of an attempt before
    timer = setTimeout(lost, STUCK);
    socket.connect();
  }

  function again(ms) {
    clearTimeout(timer);
    timer = setTimeout(attempt, ms);
  }

  function lost() {
    failed += 1;
    if (failed >= POLL_AFTER && !gone) startPolling();
    told();
    again(spreadOut(spread, failed));
  }

  /** Ask until the answer is there; a question that failed is asked again, later and later. */
  async function settled(asked) {
    if (!asked || retrying) return asked?.catch(() => {});
    retrying = true;
    told();
    for (let tries = 1; asked; tries += 1) {
      const caught = await asked.then(() => true, () => false);
      if (caught || !socket.connected) break; // connecting again catches up by itself
      await pause(spreadOut(1000, tries));
      asked = socket.connected ? follower.catchUp() : null;
    }
    retrying = false;
    return told();
  }

  async function startPolling() {
    if (polling) return;
    const stop = (polling = new AbortController());
    const wait = (position) => poll(position, stop.signal);
    answered = false;
    for (let tries = 1; !stop.signal.aborted; tries += 1) {
      // The first question, and the first after a failure, is a short one: it tells soon whether there is a line.
      answered = await follower.catchUp(answered ? wait : undefined).then(() => true, () => false);
      if (stop.signal.aborted) return;
      told();
      if (answered) tries = 0;
      await pause(answered ? 300 : 1000 + spreadOut(1000, tries));
    }
  }

  function stopPolling() {
    polling?.abort();
    polling = null;
  }

  function listen(event, act) {
    socket.on(event, (message) => {
      heard = Date.now();
      act(message);
    });
  }

  listen("sync", (message) => {
    clearTimeout(timer);
    failed = 0;
    spread = message.retry_ms ?? spread;
    const asked = follower.sync(message);
    stopPolling();
    settled(asked);
    told();
  });
  listen("change", (message) => settled(follower.change(message)));
  listen("head", (message) => settled(follower.head(message)));
  listen("bye", ({ retry_ms: ms }) => { spread = ms ?? spread; });
  socket.io.on("ping", () => { heard = Date.now(); });
  socket.on("disconnect", (reason) => { if (reason !== "io client disconnect") lost(); });
  socket.on("connect_error", (error) => {
    gone = error.data?.code === "not_found";
    if (gone) stopPolling();
    lost();
  });

  /** After sleep, a tunnel, or the way back to a page that the browser had kept: do not wait for one's turn. */
  function wake() {
    if (!socket.connected) again(Math.random() * 300);
    else if (Date.now() - heard > SILENT) drop();
    else if (Date.now() - heard > ASLEEP) settled(follower.catchUp());
  }

  function drop() {
    socket.disconnect();
    told();
    again(Math.random() * 300);
  }

  addEventListener("online", wake);
  addEventListener("offline", () => {
    socket.disconnect();
    lost();
  });
  addEventListener("pageshow", (event) => { if (event.persisted) drop(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) wake(); });
  setInterval(() => { if (socket.connected && Date.now() - heard > SILENT) drop(); }, 10000);
  attempt();
}
