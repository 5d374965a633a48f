// `node healthy.js PLACE...`: health check of a container, because the image has no curl. The exit code is 0 if every place is
// healthy: http://... must answer with a success status, HOST:PORT must accept a connection.
import { connect } from "node:net";

const withinMs = 5000;

/** @param {string} url */
async function answers(url) {
  const { ok } = await fetch(url, { signal: AbortSignal.timeout(withinMs) });
  if (!ok) throw new Error(`${url} does not answer with a success status`);
}

/** @param {string} place HOST:PORT */
function accepts(place) {
  const end = place.lastIndexOf(":");
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: place.slice(0, end),
      port: Number(place.slice(end + 1)),
      timeout: withinMs,
    });
    socket.once("connect", () => resolve(socket.destroy()));
    socket.once("timeout", () => reject(new Error(`${place} does not answer`)));
    socket.once("error", reject);
  });
}

const places = process.argv.slice(2);
await Promise.all(places.map((place) => (place.startsWith("http") ? answers(place) : accepts(place)))).then(
  () => process.exit(0),
  (error) => {
    console.error(String(error));
    process.exit(1);
  },
);
