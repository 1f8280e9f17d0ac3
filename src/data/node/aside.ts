import { join } from 'node:path';
import { list } from './files.ts';

/** How deep folders are looked into, as deep as pictures are searched for. */
const DEEPEST = 9;
/** How many are named; the rest is counted. */
const SHOWN = 3;

/**
 * Sentences on what lies in and below `dir` and is no picture and no folder of pictures: pipes, devices, links that lead nowhere;
 * folders that a system or a network disk made. Empty where there is nothing of the kind.
 * @throws YosegiError when a folder cannot be read, or holds a name that is not Unicode
 */
export async function leftAside(dir: string): Promise<string[]> {
  const odd: string[] = [];
  const left = new Set<string>();
  const walk = async (below: string, depth: number): Promise<void> => {
    const listing = await list(join(dir, below));
    for (const { name, what } of listing.odd) odd.push(`${below}${name} (${what})`);
    for (const name of listing.left) left.add(name);
    // Links are not followed here: a circle of them would have no end.
    for (const folder of depth < DEEPEST ? listing.ownFolders : []) await walk(`${below}${folder}/`, depth + 1);
  };
  await walk('', 0);
  const remarks: string[] = [];
  if (odd.length > 0) remarks.push(`not used: ${some(odd)}`);
  if (left.size > 0) remarks.push(`left out: ${some([...left])}, made by a system, a network disk or a program`);
  return remarks;
}

function some(names: readonly string[]): string {
  const more = names.length - SHOWN;
  return names.slice(0, SHOWN).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
