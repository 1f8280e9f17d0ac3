import { join } from 'node:path';
import { atomicWrite } from '../../../base/node/atomic.ts';
import { languages } from '../../../page/format.ts';
import { generators } from '../../../search/generator.ts';
import type { SearchResult } from '../../../search/node/search-run.ts';
import { scored } from '../../../search/search.ts';
import { choicesOf } from '../../../search/space.ts';
import { renderSearch } from '../page.ts';

/** Shares of the trials after which the generator's preferences are shown. */
const LOOKS = [0, 0.25, 0.5, 1];

/** Writes why.html and why.ja.html into a search's folder. */
export async function writeWhy(folder: string, result: SearchResult): Promise<void> {
  const { record, space, trials } = result;
  const generator = generators[record.generator](choicesOf(space));
  const preferences = LOOKS.map((after) => {
    generator.learn(scored(trials.slice(0, Math.round(after * trials.length)), record));
    return { after, shares: generator.preferences() };
  });
  for (const lang of languages) {
    const name = lang === 'en' ? 'why.html' : `why.${lang}.html`;
    await atomicWrite(join(folder, name), renderSearch({ ...result, preferences }, lang));
  }
}
