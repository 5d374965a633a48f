// `node healthy.js WHERE...`: exit code 0 when every place answers. http://... must answer with success, HOST:PORT must accept
// a connection. What a container's health check runs: no curl is in the image.
import { connect } from "node:net";

const withinMs = 5000;

/** @param {string} url */
async function answers(url) {
  const { ok } = await fetch(url, { signal: AbortSignal.timeout(withinMs) });
  if (!ok) throw new Error(`${url} does not answer with success`);
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
