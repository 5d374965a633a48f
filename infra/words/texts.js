/** Extracts comments and other text of a file, each with the number of its first line. */
import ts from "typescript";

/** @typedef {{ line: number, text: string }} Text */

/**
 * For files that are not code, the whole content is text.
 * @param {string} path
 * @param {string} content
 * @returns {Text[]}
 */
export function textsOf(path, content) {
  if (/\.(?:ts|js)$/.test(path)) return textsOfCode(content);
  if (path.endsWith(".vue")) return textsOfComponent(content);
  return [{ line: 1, text: content }];
}

/**
 * In a Vue file, the script is code and the rest is text.
 * @param {string} content
 */
function textsOfComponent(content) {
  const script = /<script[^>]*>(.*?)<\/script>/s.exec(content)?.[1] ?? "";
  const [before = "", ...after] = content.split(script === "" ? /$/ : script);
  const rest = `${before}${blank(script)}${after.join(script)}`;
  const first = lineAt(content, before.length) - 1;
  return [
    ...textsOfCode(script).map((text) => ({ ...text, line: text.line + first })),
    { line: 1, text: rest },
  ];
}

/**
 * Searches for comments outside literals. Strings without a space are names and paths, not text.
 * @param {string} code
 */
function textsOfCode(code) {
  const source = ts.createSourceFile("code.ts", code, ts.ScriptTarget.Latest);
  /** @type {Text[]} */
  const texts = [];
  let withoutLiterals = code;
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isLiteralExpression(node) || ts.isTemplateMiddleOrTemplateTail(node) || ts.isTemplateHead(node)) {
      const [start, end] = [node.getStart(source), node.getEnd()];
      const text = code.slice(start, end);
      if (/\s/.test(text) && !ts.isRegularExpressionLiteral(node))
        texts.push({ line: lineAt(code, start), text });
      withoutLiterals = withoutLiterals.slice(0, start) + blank(text) + withoutLiterals.slice(end);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  for (const { 0: text, index } of withoutLiterals.matchAll(/\/\/[^\n]*|\/\*[^]*?\*\//g))
    texts.push({ line: lineAt(code, index), text });
  return texts;
}

/** @param {string} text */
function blank(text) {
  return text.replace(/[^\n]/g, " ");
}

/**
 * @param {string} text
 * @param {number} at
 */
function lineAt(text, at) {
  return text.slice(0, at).split("\n").length;
}
