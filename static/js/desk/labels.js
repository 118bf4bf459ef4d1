// What states, steps and acts are called: the server's table, which the page brings along (liveblog/web/labels.py).

/**
 * @type {{status: Record<string, string>, next: Record<string, [string, string]>, state: Record<string, string>,
 *   doubt: string, reached: Record<string, string>, command: Record<string, string>, act: Record<string, string>}}
 */
export const labels = JSON.parse(document.getElementById("labels")?.textContent ?? "{}", (name, value) =>
  (name === "reached" ? Object.fromEntries(value) : value)); // pairs in the page, so that they keep their order
