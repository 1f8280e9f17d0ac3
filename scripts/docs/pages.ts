import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A page of the documentation. */
export interface Page {
  /** Below the repository, with '/' between. */
  readonly path: string;
  readonly text: string;
}

/** Folders whose Markdown is not ours to keep: what was installed, built, downloaded or made by runs; hidden folders neither. */
const NOT_OURS = new Set(['node_modules', 'dist', 'runs', 'fixtures', 'data', 'api']);

/** All Markdown pages of the repository. */
export function pagesOf(root: string): Page[] {
  const found: Page[] = [];
  const walk = (folder: string) => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory() && !entry.name.startsWith('.') && !NOT_OURS.has(entry.name)) walk(path);
      else if (entry.isFile() && entry.name.endsWith('.md')) {
        found.push({ path, text: readFileSync(join(root, path), 'utf8') });
      }
    }
  };
  walk('');
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The lines of a page's code: fenced blocks (their language) and blocks that are indented by four spaces ('' as language). */
export function codeOf(text: string): { readonly language: string; readonly lines: readonly string[] }[] {
  const blocks: { language: string; lines: string[] }[] = [];
  let fence: { language: string; lines: string[] } | undefined;
  let indented: { language: string; lines: string[] } | undefined;
  let before = '';
  for (const line of text.split('\n')) {
    const opening = /^\s{0,3}```(\w*)/.exec(line);
    if (fence) {
      if (opening) fence = undefined;
      else fence.lines.push(line);
    } else if (opening) {
      fence = { language: opening[1]!, lines: [] };
      blocks.push(fence);
    } else if (/^ {4}/.test(line) && (indented || before.trim() === '')) {
      if (!indented) {
        indented = { language: '', lines: [] };
        blocks.push(indented);
      }
      indented.lines.push(line.slice(4));
    } else if (line.trim() !== '') indented = undefined;
    before = line;
  }
  return blocks;
}

/** A page without its code: what is prose, so that links in examples are not taken for links. */
export function proseOf(text: string): string {
  let inFence = false;
  return text
    .split('\n')
    .filter((line) => {
      if (/^\s{0,3}```/.test(line)) {
        inFence = !inFence;
        return false;
      }
      return !inFence && !/^ {4}/.test(line);
    })
    .join('\n');
}
