import ts from "typescript";

/**
 * The module names that a source file imports: static, for its types, re-exported, dynamic and required.
 * Of a .vue file only its scripts are read.
 */
export function importsOf(path: string, text: string): string[] {
  return namesIn(path, text, importedName);
}

/** Those of them that are loaded when the file is: imports of types vanish in the build. */
export function loadedBy(path: string, text: string): string[] {
  return namesIn(path, text, (node) => (isTypeOnly(node) ? undefined : importedName(node)));
}

function isTypeOnly(node: ts.Node): boolean {
  if (ts.isImportDeclaration(node)) return node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
  return ts.isImportTypeNode(node) || (ts.isExportDeclaration(node) && node.isTypeOnly);
}

function namesIn(path: string, text: string, nameOf: typeof importedName): string[] {
  const script = path.endsWith(".vue") ? scriptsOf(text) : text;
  const source = ts.createSourceFile(path, script, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
  const names: string[] = [];
  const visit = (node: ts.Node): void => {
    const name = nameOf(node);
    if (name && ts.isStringLiteralLike(name)) names.push(name.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return names;
}

function scriptsOf(component: string): string {
  return [...component.matchAll(/<script\b[^>]*>(.*?)<\/script>/gs)].map((match) => match[1]).join("\n");
}

function importedName(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isImportTypeNode(node))
    return ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined;
  if (ts.isExternalModuleReference(node)) return node.expression;
  return ts.isCallExpression(node) && importsByCall(node.expression) ? node.arguments[0] : undefined;
}

function importsByCall(callee: ts.Expression): boolean {
  return callee.kind === ts.SyntaxKind.ImportKeyword || callee.getText() === "require";
}
