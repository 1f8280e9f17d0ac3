import { codeOf, type Page } from './pages.ts';

/** A command that a page tells people to type. */
export interface Told {
  readonly page: string;
  /** Its words; the first is the program. */
  readonly words: readonly string[];
}

/** The commands in the code blocks of a page: yosegi's own, npm's and npx's. */
export function commandsOf({ path, text }: Page): Told[] {
  const shell = codeOf(text).filter(({ language }) => ['', 'sh', 'bash', 'console'].includes(language));
  const lines = shell.flatMap(({ lines: all }) => joined(all));
  return lines
    .flatMap((line) => line.split('&&').map((part) => wordsOf(part)))
    .filter((words) => ['yosegi', 'npm', 'npx', 'node'].includes(words[0] ?? ''))
    .map((words) => ({ page: path, words }));
}

/** Lines that end in a backslash go on in the next. */
function joined(lines: readonly string[]): string[] {
  return lines
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n');
}

/** The words of a line as a shell sees them: quotes hold words together, a comment ends the line. */
export function wordsOf(line: string): string[] {
  const words: string[] = [];
  for (const [all, double, single] of line.matchAll(/"([^"]*)"|'([^']*)'|#.*|[^\s"'#]+(?:#[^\s"']*)?/g)) {
    if (all.startsWith('#')) break;
    words.push(double ?? single ?? all);
  }
  return words;
}
