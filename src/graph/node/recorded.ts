import { readdirSync, readFileSync } from 'node:fs';
import type { RecordedCase } from '../op-table.ts';

const folder = new URL('../ops/fixtures/', import.meta.url);

/** The recorded operator cases of a source checkout, file by file. */
export function recordedFamilies(): { readonly family: string; readonly cases: readonly RecordedCase[] }[] {
  return readdirSync(folder)
    .sort()
    .map((file) => ({
      family: file.replace('.json', ''),
      cases: JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as RecordedCase[],
    }));
}
