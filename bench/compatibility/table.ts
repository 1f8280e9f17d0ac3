import { markdownTable } from '../../src/base/text/table.ts';
import type { Test } from './results.ts';

const RED = '🟥';

export const red = (why: string) => `${RED} ${why.replaceAll('|', '\\|')}`;
export const green = (what: string | number) => `✅ ${what}`;
export const nothing = '–';
const isRed = (cell: string) => cell.startsWith(RED);

/** Red where a test failed or there is none, with the reason; `what` says what they show together: default, how many there are. */
export function verdict(tests: readonly Test[], what?: string | number): string {
  if (tests.length === 0) return red('no test');
  const ran = tests.filter((t) => t.state !== 'skipped');
  if (ran.length === 0) return `${nothing} skipped by its test`;
  const failed = ran.filter((t) => t.state === 'failed');
  if (failed.length > 0) return red(`${failed.length} of ${ran.length} fail: ${failed[0]!.reason}`);
  return green(what ?? ran.length);
}

export interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The table in Markdown; all its columns are words. */
export const markdown = ({ header, rows }: Table) => markdownTable([header, ...rows], [...header.keys()]);

/** "109 of 110 without red." */
export function tally({ rows }: Table): string {
  const bad = rows.filter((row) => row.some(isRed));
  const names = bad.length > 0 ? ` Red: ${bad.map((row) => row[0]).join(', ')}.` : '';
  return `**${rows.length - bad.length} of ${rows.length} without red.**${names}`;
}
