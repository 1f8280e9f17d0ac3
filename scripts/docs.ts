import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Application } from 'typedoc';
import house from '../src/rooms.json' with { type: 'json' };
import { brokenLinks } from './docs/links.ts';
import { pagesOf } from './docs/pages.ts';
import { roomsPicture } from './docs/rooms-picture.ts';

/**
 * `npm run docs`: draws docs/rooms.svg from the imports of the code, writes the reference of the library to docs/api (not
 * committed) with typedoc, and checks every link of every page, without network.
 * `npm run docs rooms` leaves out the reference, which takes most of the time.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
writeFileSync(
  new URL('../docs/rooms.svg', import.meta.url),
  roomsPicture(fileURLToPath(new URL('../src', import.meta.url)), house),
);
console.log('docs/rooms.svg: the rooms, from the imports of the code');

/** The reference of the library; options are in typedoc.json. */
async function reference(): Promise<boolean> {
  const app = await Application.bootstrapWithPlugins();
  const project = await app.convert();
  if (project) await app.generateOutputs(project);
  return project !== undefined && !app.logger.hasErrors();
}

const written = process.argv[2] === 'rooms' || (await reference());

const broken = brokenLinks(root, pagesOf(root));
for (const line of broken) console.error(line);
console.log(broken.length === 0 ? 'all links lead somewhere' : `${broken.length} links lead nowhere`);
process.exitCode = written && broken.length === 0 ? 0 : 1;
