// An OpenID Connect provider for tests (oidc-provider, which is certified), with one client. It prints its address.
// A person who signs in as NAME is NAME; `POST /people/NAME` sets the person's groups.
// node oidc_provider.mjs REDIRECT_URI POST_LOGOUT_REDIRECT_URI BACKCHANNEL_LOGOUT_URI

import { createServer } from "node:http";

import Provider from "oidc-provider";

const [redirect, loggedOut, backchannel] = process.argv.slice(2);
/** @type {Map<string, string[]>} */
const groups = new Map();

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const issuer = `http://127.0.0.1:${port}`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id: "liveblog",
      client_secret: "a secret of both, & of no other",
      redirect_uris: [redirect],
      post_logout_redirect_uris: [loggedOut],
      backchannel_logout_uri: backchannel,
    }],
    claims: { openid: ["sub"], profile: ["name", "groups"] },
    // its own fetch refuses this machine's addresses
    fetch: (/** @type {URL} */ url, /** @type {any} */ { method, headers, body }) =>
      fetch(url, { method, headers, body }),
    features: { backchannelLogout: { enabled: true } },
    findAccount: (/** @type {unknown} */ _, /** @type {string} */ id) => ({
      accountId: id,
      claims: () => ({ sub: id, name: id, groups: groups.get(id) ?? [] }),
    }),
  });
  const answer = provider.callback();
  server.on("request", (request, response) => {
    const name = /^\/people\/(.+)$/.exec(request.url ?? "")?.[1];
    if (request.method !== "POST" || !name) {
      answer(request, response);
      return;
    }
    let body = "";
    request.on("data", (piece) => { body += piece; });
    request.on("end", () => {
      groups.set(decodeURIComponent(name), JSON.parse(body));
      response.end();
    });
  });
  console.log(issuer);
});
