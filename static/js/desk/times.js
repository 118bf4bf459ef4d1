// Times on the desk's screen, in its editor's own zone.

const MINUTES = /** @type {const} */ ({ hour: "2-digit", minute: "2-digit" });

/** `07:42`. @param {string | number | Date} at */
export const clock = (at) => new Date(at).toLocaleTimeString([], MINUTES);

/** `07:42:05`. @param {string | number | Date} at */
export const clockToSeconds = (at) => new Date(at).toLocaleTimeString([], { ...MINUTES, second: "2-digit" });
