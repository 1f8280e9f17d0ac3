import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import ts from 'typescript';

/** That one source file imports another. */
export interface Arrow {
  /** Paths below the folder of the sources, with '/' between. */
  readonly from: string;
  readonly to: string;
  readonly line: number;
  /** It vanishes when the file is compiled: `import type`, `export type … from`, a type's `import('…')`. */
  readonly typeOnly: boolean;
  /** It is followed when the program comes to it, not when the file is loaded: `import('…')`, a worker's file. */
  readonly late: boolean;
}

/** The TypeScript files below `root` that ship: no tests, and nothing that only tests use. */
export function sourceFiles(root: string): string[] {
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).map((name) => name.replaceAll('\\', '/'));
  return names.filter((name) => name.endsWith('.ts') && !isForTests(name)).sort();
}

/** Whether a file only serves tests. */
export const isForTests = (file: string): boolean => /\.test\.ts$|(^|\/)testing\//.test(file);

/** All imports of a file's own neighbours (relative ones), in order. */
export function arrowsOf(root: string, file: string): Arrow[] {
  const source = ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.Latest, true);
  const arrows: Arrow[] = [];
  const add = (at: ts.Node, specifier: ts.Node | undefined, kind: Pick<Arrow, 'typeOnly' | 'late'>) => {
    if (!specifier || !ts.isStringLiteralLike(specifier) || !specifier.text.startsWith('.')) return;
    const line = source.getLineAndCharacterOfPosition(at.getStart(source)).line + 1;
    arrows.push({ from: file, to: posix.join(dirname(file), specifier.text), line, ...kind });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      const typeOnly = node.importClause?.isTypeOnly === true;
      add(node, node.moduleSpecifier, { typeOnly, late: false });
    } else if (ts.isExportDeclaration(node)) {
      add(node, node.moduleSpecifier, { typeOnly: node.isTypeOnly, late: false });
    } else if (ts.isImportTypeNode(node)) {
      const { argument } = node;
      add(node, ts.isLiteralTypeNode(argument) ? argument.literal : undefined, { typeOnly: true, late: false });
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node, node.arguments[0], { typeOnly: false, late: true });
    } else if (isFileUrl(node, source)) {
      add(node, node.arguments?.[0], { typeOnly: false, late: true });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  // A URL may also name a folder or a data file.
  return arrows.filter(({ to }) => to.endsWith('.ts'));
}

/** `new URL('./x.worker.ts', import.meta.url)`: how a file names another that it starts. */
function isFileUrl(node: ts.Node, source: ts.SourceFile): node is ts.NewExpression {
  return (
    ts.isNewExpression(node) &&
    node.expression.getText(source) === 'URL' &&
    node.arguments?.[1]?.getText(source) === 'import.meta.url'
  );
}
