/** Finds the importers of each export of the product's modules, from the source text without types. */
import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import ts from "typescript";

/** An export of a module and who uses it. */
export interface Export {
  /** Path relative to the repository's folder. */
  file: string;
  name: string;
  /** Whether it is used in its own file outside its declaration. */
  usedInFile: boolean;
  /** Whether it is a re-export from another module, as in an index. */
  isPassedOn: boolean;
  /** Files that import it, directly or through re-exports. */
  importers: Set<string>;
}

interface Link {
  to: string;
  /** Name in the other module; "*" for all. `as` is the name in this module. */
  name: string;
  as: string;
}

interface Module {
  exports: Map<string, Export>;
  /** Re-exports of the module. */
  passes: Link[];
  /** Imports used by the module itself. */
  uses: Link[];
}

/**
 * @param root the repository's folder
 * @param files relative to it: .ts, .js and .vue, including tests
 */
export function exportsOf(root: string, files: readonly string[]): Export[] {
  const known = new Set(files);
  const modules = new Map(files.map((file) => [file, readModule(root, file, known)]));
  for (const [file, { uses }] of modules) {
    for (const { to, name } of uses) mark(modules, to, name, file);
  }
  return [...modules.values()].flatMap((module) => [...module.exports.values()]);
}

/** Marks an export as imported, and each re-export by name on the path to it. */
function mark(modules: ReadonlyMap<string, Module>, file: string, name: string, importer: string): boolean {
  const module = modules.get(file);
  if (module === undefined) return false;
  if (name === "*") {
    for (const own of module.exports.values()) own.importers.add(importer);
    for (const { to, name: inner } of module.passes) mark(modules, to, inner, importer);
    return true;
  }
  const own = module.exports.get(name);
  own?.importers.add(importer);
  for (const pass of module.passes) {
    if (pass.as === name) return mark(modules, pass.to, pass.name, importer);
  }
  if (own !== undefined) return true;
  return module.passes.some((pass) => pass.as === "*" && mark(modules, pass.to, name, importer));
}

function readModule(root: string, file: string, known: ReadonlySet<string>): Module {
  const source = ts.createSourceFile(file, scriptOf(join(root, file)), ts.ScriptTarget.Latest, true);
  const module: Module = { exports: new Map(), passes: [], uses: [] };
  const declared = new Map<string, number>();
  const named = new Map<string, number>();
  const add = (name: string, isPassedOn = false): void => {
    declared.set(name, (declared.get(name) ?? 0) + 1);
    module.exports.set(name, { file, name, usedInFile: false, isPassedOn, importers: new Set() });
  };
  const link = (text: string, name: string, as = name): Link[] => {
    const to = resolved(file, text, known);
    return to === null ? [] : [{ to, name, as }];
  };
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) named.set(node.text, (named.get(node.text) ?? 0) + 1);
    const target = importedText(node);
    if (target !== null) module.uses.push(...link(target, "*"));
    ts.forEachChild(node, visit);
  };
  for (const statement of source.statements) {
    if (ts.isImportDeclaration(statement)) module.uses.push(...usesOf(statement, link));
    else if (ts.isExportDeclaration(statement)) readExport(statement, module, add, link);
    else if (isExported(statement)) namesOf(statement).forEach((name) => add(name));
    if (!ts.isImportDeclaration(statement)) visit(statement);
  }
  for (const [name, own] of module.exports) {
    own.usedInFile = (named.get(name) ?? 0) > (declared.get(name) ?? 0);
  }
  return module;
}

function usesOf(statement: ts.ImportDeclaration, link: (text: string, name: string) => Link[]): Link[] {
  const from = (statement.moduleSpecifier as ts.StringLiteral).text;
  const clause = statement.importClause;
  const bindings = clause?.namedBindings;
  if (bindings !== undefined && ts.isNamedImports(bindings))
    return bindings.elements.flatMap(({ propertyName, name }) => link(from, (propertyName ?? name).text));
  return clause?.name === undefined || bindings !== undefined ? link(from, "*") : link(from, "default");
}

function readExport(
  statement: ts.ExportDeclaration,
  module: Module,
  add: (name: string, isPassedOn: boolean) => void,
  link: (text: string, name: string, as?: string) => Link[],
): void {
  const from = (statement.moduleSpecifier as ts.StringLiteral | undefined)?.text;
  const clause = statement.exportClause;
  if (clause === undefined) module.passes.push(...link(from ?? "", "*"));
  else if (ts.isNamedExports(clause)) {
    for (const { propertyName, name } of clause.elements) {
      add(name.text, from !== undefined);
      if (from !== undefined) module.passes.push(...link(from, (propertyName ?? name).text, name.text));
    }
  }
}

/** The module of `import("...")`, as a call or as a type, and of `new URL("./x.ts", import.meta.url)` for a worker. */
function importedText(node: ts.Node): string | null {
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
    return textOf(node.arguments[0]);
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return textOf(node.argument.literal);
  return null;
}

function textOf(node: ts.Node | undefined): string | null {
  return node !== undefined && ts.isStringLiteralLike(node) ? node.text : null;
}

function isExported(statement: ts.Statement): boolean {
  return (
    ts.canHaveModifiers(statement) &&
    (ts.getModifiers(statement) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
  );
}

function namesOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.flatMap(({ name }) => boundNames(name));
  const { name } = statement as ts.DeclarationStatement;
  return name !== undefined && ts.isIdentifier(name) ? [name.text] : [];
}

function boundNames(name: ts.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? boundNames(element.name) : []));
}

/** Code of a module; for a component, its scripts. */
function scriptOf(path: string): string {
  const text = readFileSync(path, "utf8");
  if (!path.endsWith(".vue")) return text;
  return [...text.matchAll(/<script\b[^>]*>(.*?)<\/script>/gs)].map(([, code]) => code).join("\n");
}

function resolved(file: string, text: string, known: ReadonlySet<string>): string | null {
  if (!text.startsWith(".")) return null;
  const path = normalize(join(dirname(file), text));
  const candidates = [path, path.replace(/\.js$/, ".ts"), `${path}.ts`];
  return candidates.find((candidate) => known.has(candidate)) ?? null;
}
