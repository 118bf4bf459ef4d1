// A foreign client: prints each event of a namespace (/live) as a line of JSON, until it has seen a change.
import { io } from "socket.io-client";

const [url, blog, namespace = "/live"] = process.argv.slice(2);
const socket = io(`${url}${namespace}`, { transports: ["websocket"], auth: { blog }, reconnection: false });
/** @param {string} name @param {unknown} payload */
const tell = (name, payload) => console.log(JSON.stringify([name, payload]));
socket.on("sync", (payload) => tell("sync", payload));
socket.on("change", (payload) => { tell("change", payload); socket.disconnect(); });
socket.on("connect_error", (error) => { tell("refused", error.data); process.exit(0); });
setTimeout(() => process.exit(1), 60000).unref();
