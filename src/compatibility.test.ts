import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { allOps } from './graph/op.ts';
import './graph/ops/index.ts';
import { modelEntry, modelNames } from './models/registry.ts';
import { fileNames } from './onnx/import/testing/files.ts';

const page = readFileSync(new URL('../docs/compatibility.md', import.meta.url), 'utf8');

/** The first cells of the table under a heading. */
function rowsUnder(heading: string): string[] {
  const section = page.split('\n## ').find((s) => s.startsWith(`${heading}\n`)) ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| '));
  return rows.slice(2).map((line) => line.split('|')[1]!.trim());
}

it.each([
  ['Operators', allOps().map((op) => op.name)],
  ['Model families', modelNames().map((name) => modelEntry(name).family)],
  ['Imported ONNX files', fileNames],
])('docs/compatibility.md: %s are those there are', (heading, names) => {
  expect(rowsUnder(heading).sort(), 'out of date: run `npm run docs:compatibility`').toEqual(
    [...new Set(names)].sort(),
  );
});
