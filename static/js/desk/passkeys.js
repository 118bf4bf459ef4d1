// Passkeys: a form that needs one is sent with the authenticator's answer. It stays hidden where there are none.

/** @param {string} text base64url */
function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
}

/** @param {ArrayBuffer | null | undefined} data */
function text(data) {
  if (!data) return undefined;
  const plain = String.fromCharCode(...new Uint8Array(data));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/**
 * What came as JSON as the browser's API takes it; written out, because some browsers have no `parse…FromJSON` yet.
 * @param {any} options
 */
function read(options) {
  const known = (/** @type {any[]} */ list = []) => list.map((each) => ({ ...each, id: bytes(each.id) }));
  return {
    ...options,
    challenge: bytes(options.challenge),
    ...(options.user && { user: { ...options.user, id: bytes(options.user.id) } }),
    ...(options.excludeCredentials && { excludeCredentials: known(options.excludeCredentials) }),
    ...(options.allowCredentials && { allowCredentials: known(options.allowCredentials) }),
  };
}

/** @param {PublicKeyCredential} made */
function written({ id, rawId, type, response }) {
  const said = /** @type {any} */ (response);
  const of = (/** @type {string} */ name) => ({ [name]: text(said[name]) });
  const fields = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"].map(of);
  const transports = said.getTransports?.();
  return JSON.stringify({ id, rawId: text(rawId), type, response: Object.assign({ transports }, ...fields) });
}

/** @param {HTMLFormElement} form */
async function answered(form) {
  const asked = await fetch(form.dataset.challenge ?? "", {
    method: "POST",
    headers: { Accept: "application/json", "X-CSRF-Token": new FormData(form).get("csrf")?.toString() ?? "" },
  });
  const said = await asked.json();
  if (asked.status === 401) throw new Error("Too much time has passed. Load this page again.");
  if (!asked.ok) throw new Error(said.detail);
  const act = form.dataset.passkey === "make" ? "create" : "get";
  const made = await navigator.credentials[act]({ publicKey: read(said) });
  return written(/** @type {PublicKeyCredential} */ (made));
}

/** @param {Error} error */
function inWords(error) {
  if (error.name === "InvalidStateError") return "This passkey is here already.";
  if (error.name === "NotAllowedError") return "Nothing was done: it was cancelled, or took too long.";
  if (error.name === "SecurityError") return "Passkeys work at the site’s own address only, with https.";
  // what `fetch` and `json` throw speaks of neither the person nor the server
  if (["TypeError", "SyntaxError"].includes(error.name)) return "The server did not answer. Try again.";
  return error.message || "That did not work. Try again.";
}

for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("form[data-passkey]"))) {
  const problem = /** @type {HTMLElement} */ (form.querySelector(".problem"));
  const button = /** @type {HTMLButtonElement} */ (form.querySelector("button"));
  form.hidden = !window.PublicKeyCredential;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.ariaBusy) return;
    button.ariaBusy = "true";
    problem.textContent = "";
    try {
      /** @type {HTMLInputElement} */ (form.querySelector("[name=credential]")).value = await answered(form);
      form.submit();
    } catch (error) {
      problem.textContent = inWords(error);
      button.ariaBusy = null;
    }
  });
}
