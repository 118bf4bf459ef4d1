// Pictures of posts open as large as the screen. What shows them comes with the first click, and the picture meanwhile.
// Without scripts, and in a frame of another site, the link leads to the picture itself.

import { around, opensHere } from "./elements.js";

/** @typedef {HTMLAnchorElement} Link around a picture; its address is that of the picture at its full size */

/**
 * Answer clicks on pictures, on what is there and on what will come.
 * @param {() => Promise<{open: (link: Link) => void}>} load
 */
export function largePicturesFrom(load) {
  document.addEventListener("click", (event) => {
    const link = /** @type {Link | null} */ (opensHere(event) ? around(event, ".picture .large") : null);
    if (!link) return;
    event.preventDefault();
    new Image().src = link.href;
    load().then(({ open }) => open(link), () => location.assign(link.href));
  });
}
