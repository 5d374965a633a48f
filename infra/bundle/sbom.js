// Lists the components of a bundle and their licences, as CycloneDX 1.5 in JSON, and collects the licence texts.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { nameOf } from "./packages.js";

/**
 * @typedef {object} Component
 * @property {string} name
 * @property {string} version
 * @property {string} licence
 * @property {string} purl
 * @property {string | undefined} [sha512] hexadecimal
 * @property {string} [text] of the licence
 * @property {string} [scope] location: "node_modules", "page" or a set of jars
 */

/** Licences of packages whose package.json names none or refers to a file. */
const licenceByHand = /** @type {Record<string, string>} */ ({ "apache-beam": "Apache-2.0" });

/**
 * @param {string} root
 * @param {import("./packages.js").Lock} lock
 * @param {string} place
 * @param {string} scope
 * @returns {Component}
 */
export function npmComponent(root, lock, place, scope) {
  const folder = join(root, place);
  const { version, license, licenses } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const name = nameOf(place);
  const named =
    license?.type ?? license ?? licenses?.map((/** @type {{ type: string }} */ one) => one.type).join(" OR ");
  return {
    name,
    version,
    scope,
    licence: licenceByHand[name] ?? named ?? "",
    purl: `pkg:npm/${name.replace("@", "%40")}@${version}`,
    sha512: sha512Of(lock.packages[place]?.integrity),
    text: licenceText(folder),
  };
}

/** @param {string | undefined} integrity as npm writes it */
function sha512Of(integrity) {
  const [, base64] = /^sha512-(\S+)/.exec(integrity ?? "") ?? [];
  return base64 === undefined ? undefined : Buffer.from(base64, "base64").toString("hex");
}

/** @param {string} folder */
function licenceText(folder) {
  const names = readdirSync(folder)
    .filter((name) => /^(licen[cs]e|copying|notice)/i.test(name))
    .sort();
  return names
    .map((name) => join(folder, name))
    .filter((path) => existsSync(path))
    .map((path) => readFileSync(path, "utf8").trim())
    .join("\n\n");
}

/**
 * @param {{ name: string, version: string, license: string, description: string }} project
 * @param {readonly Component[]} components
 * @param {{ seconds: number, serial: string }} release
 */
export function cycloneDx({ name, version, license, description }, components, { seconds, serial }) {
  const digits = serial.slice(0, 32);
  const uuid = [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `5${digits.slice(13, 16)}`,
    `8${digits.slice(17, 20)}`,
    digits.slice(20),
  ];
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    serialNumber: `urn:uuid:${uuid.join("-")}`,
    version: 1,
    metadata: {
      timestamp: new Date(seconds * 1000).toISOString(),
      component: {
        type: "application",
        "bom-ref": `${name}@${version}`,
        name,
        version,
        description,
        licenses: [{ license: { id: license } }],
      },
    },
    components: components.map(componentOf),
  };
}

/** @param {Component} component */
function componentOf({ name, version, licence, purl, sha512, scope }) {
  return {
    type: "library",
    "bom-ref": `${purl}#${scope}`,
    name,
    version,
    purl,
    licenses: licence === "" ? [] : [licenceOf(licence)],
    ...(sha512 === undefined ? {} : { hashes: [{ alg: "SHA-512", content: sha512 }] }),
    properties: [{ name: "muonitor:in", value: scope }],
  };
}

/** @param {string} licence an SPDX identifier, an expression of several, or a name */
function licenceOf(licence) {
  if (/ (OR|AND|WITH) /.test(licence)) return { expression: licence };
  return { license: /^[\w.+-]+$/.test(licence) ? { id: licence } : { name: licence } };
}

/** @param {readonly Component[]} components */
export function licenceTexts(components) {
  const rule = "=".repeat(80);
  return components
    .map(
      ({ name, version, licence, text }) =>
        `${rule}\n${name} ${version}: ${licence}\n${rule}\n\n${text || "(the package has no licence file)"}\n`,
    )
    .join("\n");
}
