// Files that are dropped on a part of the page, or pasted into it.

/**
 * @param {HTMLElement} around where files may be dropped and pasted
 * @param {{box: HTMLElement, add: (files: File[]) => void}} options `box` is marked while files are over the part
 */
export function takeFiles(around, { box, add }) {
  /** @param {boolean} on */
  const over = (on) => box.classList.toggle("over", on);
  around.addEventListener("dragover", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    over(true);
  });
  around.addEventListener("dragleave", (event) => {
    if (!around.contains(/** @type {Node | null} */ (event.relatedTarget))) over(false);
  });
  around.addEventListener("drop", (event) => {
    over(false);
    if (!holdsFiles(event)) return;
    event.preventDefault();
    add([...event.dataTransfer?.files ?? []]);
  });
  around.addEventListener("paste", (event) => {
    const files = [...event.clipboardData?.files ?? []];
    // text with a picture of itself, as from a spreadsheet, is text
    if (!files.length || event.clipboardData?.types.includes("text/plain")) return;
    event.preventDefault();
    add(files);
  });
}

/** @param {DragEvent} event */
const holdsFiles = (event) => [...event.dataTransfer?.types ?? []].includes("Files");
