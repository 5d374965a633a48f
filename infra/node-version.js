// Checks the version of Node before anything else is loaded. Written in syntax that Node 14 parses, and the entry
// points import nothing else statically, so that an old Node prints one line instead of a syntax error.

export var minimumNode = "20.19";

/**
 * The message for an unsupported Node version, or "" for a supported one.
 * @param {string} version for example "20.19.0"
 */
export function nodeProblem(version) {
  var have = majorMinor(version);
  var want = majorMinor(minimumNode);
  var newEnough = have[0] > want[0] || (have[0] === want[0] && have[1] >= want[1]);
  return newEnough ? "" : "muonitor: needs Node " + minimumNode + " or newer; this is Node " + version;
}

/** @param {string} version */
function majorMinor(version) {
  return /** @type {[number, number]} */ (version.split(".").slice(0, 2).map(Number));
}

export function refuseOldNode() {
  var problem = nodeProblem(process.versions.node);
  if (problem) {
    console.error(problem);
    process.exit(1);
  }
}
