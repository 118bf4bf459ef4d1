// follow(page, show): follows a blog with a stock EventSource, in a browser or Node, by the rules of docs/protocol.md.
// node --experimental-eventsource follow_events.mjs https://live.example.org/live/anora: prints what it holds.

/** `show(held, position)` gets all objects by `kind:id` after every change. Returns a function that ends it. */
export function follow(page, show) {
  const stream = `${page.replace("/live/", "/api/v1/blogs/")}/stream`;
  const held = new Map();
  let position = {}; // of the beginning; then {epoch, seq, mark}
  let source, timer;

  function apply({ epoch, seq, mark, reset, objects }) {
    const another = reset || epoch !== position.epoch;
    if (!another && seq <= position.seq) return; // known: a cache repeats it
    if (another) held.clear();
    for (const each of objects) held.set(`${each.kind}:${each.id}`, each);
    show(held, { epoch, seq, mark });
    position = { epoch, seq, mark }; // only now: if showing failed, the whole state comes next
  }

  function open() {
    const { epoch, seq, mark = "" } = position;
    source = new EventSource(epoch ? `${stream}?${new URLSearchParams({ epoch, after: seq, mark })}` : stream);
    source.onerror = again; // by itself it would not come back after a 503, and Node's not after a lost line
    source.onmessage = ({ data }) => {
      try { apply(JSON.parse(data)); } catch (error) { console.error(error); position = {}; again(); }
    };
  }

  function again() {
    source.close();
    timer = setTimeout(open, 1000 + 4000 * Math.random());
  }

  open();
  return () => { clearTimeout(timer); source.close(); };
}

const print = (held, { epoch, seq }) =>
  console.log(epoch, seq, ...[...held].map(([name, each]) => `${name}@${each.seq}`).sort());
if (globalThis.process?.argv[1]?.endsWith("follow_events.mjs")) follow(process.argv[2], print);
