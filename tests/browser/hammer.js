// Presses the desk's own buttons, faster than people would, so many times; then decides what is still open.
({ seed, acts: most, name }) => {
  const random = (n) => Math.floor((seed = (seed * 48271) % 2147483647) / 2147483647 * n); // Park and Miller
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const labelled = (root, label) => all("button", root).find((one) => one.offsetParent && one.textContent === label);
  const rows = () => all("#posts > li").filter((row) => row.querySelector("h3").textContent.startsWith("Post "));
  const form = document.querySelector("#composer");
  const submit = form.querySelector("[type=submit]");
  const busy = () => submit.getAttribute("aria-disabled");
  let conflicts = 0;
  let written = 0;

  function decide(last) {
    const open = document.querySelector("dialog[open]");
    if (!open) return false;
    const answers = all("form > .row > button", open);
    const conflict = open.querySelector(".versions");
    if (conflict && !open.dataset.counted) conflicts += 1;
    open.dataset.counted = "yes";
    if (open.querySelector(".problem:not([hidden])") || (last && !conflict)) labelled(open, "Cancel").click();
    else if (last) labelled(open, "Keep theirs").click();
    else answers[random(answers.length)].click();
    return true;
  }

  function call() {
    const board = all("#board > li button");
    board[random(board.length)]?.click();
    const nominees = all("#stage :is(button.nominee, [name=winners])");
    if (nominees.length) nominees[random(nominees.length)].click();
    const act = all("#stage button").filter((one) => one.offsetParent && !one.matches(".nominee"));
    act[random(act.length)]?.click();
  }

  async function edit(row) {
    labelled(row, "Edit").click();
    await pause(random(150));
    const parts = form.elements.body.value.split("\n\n");
    parts[random(parts.length)] = `${name} ${(written += 1)}`;
    form.elements.body.value = parts.join("\n\n");
    submit.click();
  }

  function publish() {
    if (document.querySelector("#cancel:not([hidden])")) return;
    form.elements.headline.value = `Post ${name} ${(written += 1)}`;
    form.elements.body.value = "One.\n\nTwo.\n\nThree.";
    submit.click();
  }

  const acts = [
    () => edit(rows()[random(rows().length)]), () => edit(rows()[0]), () => edit(rows()[0]), () => edit(rows()[1]),
    () => labelled(rows()[random(rows().length)], "Pin")?.click(),
    () => { if (rows().length > 3) labelled(rows().at(-1), "Retract").click(); },
    publish, call,
  ];

  async function hammer() {
    for (let done = 0; done < most; ) {
      await pause(random(50));
      if (decide() || busy()) continue;
      done += 1;
      await acts[random(acts.length)]();
    }
    while (busy() || document.querySelector("dialog[open]")) {
      decide(true);
      await pause(50);
    }
    return conflicts;
  }

  window.conflicts = hammer();
}
