// Sending a picture: by XMLHttpRequest, because fetch cannot say how far it has come.

import { Refused } from "./api.js";

/** @import { Session } from "./api.js" */

const AWAY = "The line is down. Try again when it is back: the same picture is never there twice.";
const TOO_LARGE = "This picture is too large for the server in front.";

/**
 * A function that sends a picture: resolves with it as the API tells it; rejects with Refused, or with the signal's
 * AbortError.
 * @param {Session} session
 * @param {string} path …/api/v1/blogs/<slug>/media
 */
export function uploader(session, path) {
  return async (/** @type {File} */ file, /** @type {Sending} */ options = {}) => {
    const first = await sent(session, path, file, options);
    const renewed = first.value?.code === "csrf" && (await session.renew());
    const answer = renewed ? await sent(session, path, file, options) : first;
    if (answer.status === 201) return answer.value;
    throw new Refused(answer.value ?? { detail: answer.status === 413 ? TOO_LARGE : AWAY });
  };
}

/**
 * @typedef {{progress?: (part: number) => void, signal?: AbortSignal, byBytes?: boolean}} Sending `byBytes`: whatever
 *   the file is called
 * @param {Session} session
 * @param {string} path
 * @param {File} file
 * @param {Sending} options
 * @returns {Promise<{status: number, value: any}>}
 */
function sent(session, path, file, { progress, signal, byBytes }) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    const body = new FormData();
    body.append("file", file, file.name || "picture");
    request.open("POST", byBytes ? `${path}?by=bytes` : path);
    request.setRequestHeader("X-CSRF-Token", session.csrf);
    request.setRequestHeader("Accept", "application/json");
    request.upload.onprogress = (event) => { if (event.lengthComputable) progress?.(event.loaded / event.total); };
    request.onload = () => done({ status: request.status, value: parsed(request.responseText) });
    request.onerror = () => done({ status: 0, value: null });
    request.onabort = () => failed(new DOMException("taken out", "AbortError"));
    signal?.addEventListener("abort", () => request.abort());
    request.send(body);
  });
}

/** @param {string} text @returns {any} */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
