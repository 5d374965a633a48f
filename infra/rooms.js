/**
 * Rooms of the code and the imports that each allows, as ESLint rules; see decision 0014. A room may import only the
 * rooms listed for it; folders within a room may import each other.
 */
const model = "pipeline/model";
const steps = "pipeline/steps";
const beam = "pipeline/beam";
const producer = "producer";
const bridge = "dashboard/bridge";

/**
 * The rooms from the lowest to the highest, each with the rooms that it may import.
 * @type {Record<string, string[]>}
 */
export const rooms = {
  [model]: [],
  [steps]: [model],
  [beam]: [model, steps],
  [`${producer}/layouts`]: [model, steps],
  [`${producer}/simulator`]: [model, `${producer}/random.ts`, `${producer}/source.ts`],
  [producer]: [model, steps],
  [`${bridge}/quality`]: [model],
  [bridge]: [model, steps],
  "dashboard/src/charts": [model, "dashboard/src/live", "dashboard/src/words"],
  "dashboard/src": [model],
  "runners/process": [model],
  "runners/net": [model, ...runners("process")],
  "runners/system": [model, steps, ...runners("process", "net")],
  "runners/input": [model, steps, `${producer}/layouts`, ...runners("process")],
  "runners/kafka": [model, steps, ...runners("process", "net")],
  "runners/worker": [model, beam, ...runners("process", "net")],
  "runners/services": [model, ...runners("process", "net", "kafka", "worker")],
  "runners/flink": [model, steps, beam, ...runners("process", "net", "kafka", "worker", "services")],
  "runners/topics": [model, ...runners("process", "input", "kafka")],
  "runners/produce": [model, producer, ...runners("process", "net", "system", "kafka")],
  "runners/batch": [
    ...[model, steps, beam, producer],
    ...runners("process", "net", "input", "kafka", "worker", "services", "flink"),
  ],
  "runners/live": [
    ...[model, steps, beam, producer, bridge],
    ...runners("process", "net", "system", "input", "kafka", "worker", "services", "flink"),
  ],
  runners: [model, steps, producer, bridge],
};

/** @param {string[]} names */
function runners(...names) {
  return names.map((name) => `runners/${name}`);
}

/** Path and version of this installation: for every room of `runners`. */
const everywhereInRunners = ["runners/paths.ts", "runners/version.ts"];

/** Maximum folder depth below a room. */
const maxDepth = 3;

const inputOutput =
  "^(node:)?(fs|net|tls|dgram|dns|http|https|http2|child_process|cluster|worker_threads|readline|repl|tty)(/|$)";
/** The SDK and its dependencies; only two rooms may import it, and its values only through one module. */
const beamPackages = "^(apache-beam|long|protobufjs|@grpc)(/|$)";
const beamsHomes = [beam, "runners/worker"];
const beamsDoor = `${beam}/sdk.ts`;

/** The schema library: only the model may import it. */
const schemaLibrary = "typebox";
/** Schema definitions; the build erases imports of their types. */
const schemas = `${model}/schema`;

const noSpelling = { regex: "^@muonitor/", message: "import folders of the project by relative path" };
const noBeam = { regex: beamPackages, message: `only ${beamsHomes.join(" and ")} may import Beam` };
/** The Kafka client is hidden behind one interface: decision 0018. */
const noKafka = { regex: "^kafkajs(/|$)", message: "only runners/kafka may import the Kafka client" };
const kafkasHome = "runners/kafka";
const pure = { regex: inputOutput, message: "this room must not do input or output" };
/** @type {Record<string, { regex: string, message: string, allowTypeImports?: boolean }[]>} */
const packageRules = {
  [model]: [
    { regex: `^(?!${schemaLibrary}$)[^.]`, message: `the model may import only ${schemaLibrary}` },
    {
      regex: `^${schemaLibrary}$`,
      allowTypeImports: true,
      message: `import only types from ${schemaLibrary}`,
    },
  ],
  [steps]: [pure],
  [`${producer}/layouts`]: [pure],
  [`${producer}/simulator`]: [pure],
  [`${bridge}/quality`]: [pure],
  "dashboard/src/charts": [{ regex: "^(vue|vuetify)(/|$)", message: "charts must not depend on Vue" }],
};

/** ESLint configurations: one for each room and folder depth. */
export function roomRules() {
  return [...Object.keys(rooms).sort(byDepth).flatMap(rulesOf), ...doorRules()];
}

/**
 * Sorts a nested room after its parent, so that its rules override those of the parent.
 * @param {string} a
 * @param {string} b
 */
function byDepth(a, b) {
  return a.split("/").length - b.split("/").length;
}

/** @param {string} room */
function rulesOf(room) {
  return Array.from({ length: maxDepth + 1 }, (_, depth) => {
    const folders = "*/".repeat(depth);
    return {
      files: [`${room}/${folders}*.ts`, `${room}/${folders}*.vue`],
      rules: restrict([neighbours(room, depth), ...packagesOf(room), ...typesAlone(room, depth)]),
    };
  });
}

/**
 * Rules for rooms that may import schemas only as types: the page, and the model's own files, because every program
 * loads these.
 * @param {string} room
 * @param {number} depth
 */
function typesAlone(room, depth) {
  const isPage = room.startsWith("dashboard/src");
  if (!isPage && (room !== model || depth > 0)) return [];
  const regex = isPage ? `/${schemas}/` : "^\\./schema/";
  return [{ regex, allowTypeImports: true, message: `import only types from ${schemas} here` }];
}

/** SDK values may be imported only from one module; the build erases types, and message types (proto) are exempt. */
function doorRules() {
  const message = `import values of the SDK from ${beamsDoor}`;
  const values = { regex: "^apache-beam(?!/proto/)", allowTypeImports: true, message };
  return beamsHomes.flatMap((room) =>
    Array.from({ length: maxDepth + 1 }, (_, depth) => ({
      files: [`${room}/${"*/".repeat(depth)}*.ts`],
      ignores: [beamsDoor],
      rules: restrict([neighbours(room, depth), ...packagesOf(room), values]),
    })),
  );
}

/** @param {string} room */
function packagesOf(room) {
  const page = room.startsWith("dashboard/src")
    ? [{ regex: "^node:", message: "the page runs in a browser" }]
    : [];
  return [
    noSpelling,
    ...(beamsHomes.includes(room) ? [] : [noBeam]),
    ...(room === kafkasHome ? [] : [noKafka]),
    ...page,
    ...(packageRules[room] ?? []),
  ];
}

/**
 * Relative imports out of a room must lead to a permitted room.
 * @param {string} room
 * @param {number} depth of the folder in it
 */
function neighbours(room, depth) {
  const up = "\\.\\./".repeat(depth + 1);
  const own = rooms[room] ?? [];
  const seen = [...own, ...(room.startsWith("runners") ? everywhereInRunners : [])];
  const ways = seen.map((to) => wayTo(room, to)).map((way) => (way.endsWith(".js") ? `${way}$` : `${way}/`));
  const message = `${room} may import ${own.length === 0 ? "no other room" : `only ${own.join(", ")}`}; see infra/rooms.js`;
  return {
    regex: ways.length === 0 ? `^${up}` : `^${up}(?!(?:${ways.map(escaped).join("|")}))`,
    message,
  };
}

/** @param {string} way */
function escaped(way) {
  return way.replace(/\./g, "\\.");
}

/**
 * Import path from the folder above a room to another place.
 * @param {string} room
 * @param {string} to
 */
function wayTo(room, to) {
  const [from, target] = [room.split("/").slice(0, -1), to.replace(/\.ts$/, ".js").split("/")];
  let common = 0;
  while (common < from.length && from[common] === target[common]) common += 1;
  return [...from.slice(common).map(() => ".."), ...target.slice(common)].join("/");
}

/**
 * Restrictions for `import`, `export ... from` and `import()`.
 * @param {{ regex: string, message: string, allowTypeImports?: boolean }[]} patterns
 */
function restrict(patterns) {
  const dynamic = patterns
    .filter(({ allowTypeImports }) => allowTypeImports !== true)
    .map(({ regex, message }) => ({
      selector: `ImportExpression > Literal[value=/${regex.replaceAll("/", "\\/")}/]`,
      message,
    }));
  return {
    "@typescript-eslint/no-restricted-imports": ["error", { patterns }],
    "no-restricted-syntax": ["error", ...dynamic],
  };
}
