// The desk's screen: puts its parts together. Each part shows the state and sends acts; the line keeps the state true.

import { send, Session } from "./api.js";
import { board } from "./board.js";
import { composer } from "./composer.js";
import { follow } from "./line.js";
import { night } from "./night.js";
import { Rows } from "./rows.js";
import { State } from "./state.js";
import { timeline } from "./timeline.js";

const $ = (selector) => document.querySelector(selector);
const root = $("#desk");
const { blog: slug, csrf } = root.dataset;
const session = new Session(csrf, `/desk/${slug}/session`);

const desk = {
  slug,
  editor: root.dataset.editor === "yes",
  state: new State(),
  rows: new Rows(),
  send: (method, path, body, options) => send(method, path, body, { session, ...options }),
  /** Send an act on this blog; when it resolves, the desk shows what came of it. */
  async act(method, path, body, options) {
    const answer = await desk.send(method, `/api/v1/blogs/${slug}${path}`, body, options);
    await line.refresh();
    return answer;
  },
};

const writing = composer(desk, { form: $("#composer"), title: $("#composer-title"), told: $("#told"), preview: $("#preview"), asides: $("#aside") });
const parts = [
  board(desk, $("#board")),
  timeline(desk, $("#posts"), writing.edit),
  night(desk, { status: $("#status"), buttons: $("#status-buttons"), readers: $("#readers") }),
  writing.show,
];

const line = follow({
  slug,
  state: desk.state,
  show: () => { if (desk.state.blog) for (const show of parts) show(); },
  tell: (words) => { if ($("#connection").textContent !== words) $("#connection").textContent = words; },
});
