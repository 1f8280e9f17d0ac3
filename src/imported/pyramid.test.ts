import { join } from 'node:path';
import { expect, it } from 'vitest';
import { pyramid } from '../models/pyramid.ts';
import { importFolder } from './node/import-folder.ts';
import { openImported } from './node/open-imported.ts';
import { fixturePath, temporaryFolder } from './testing/folder.ts';

const folder = temporaryFolder();

async function opened(name: string) {
  await importFolder(fixturePath(name), join(folder, name), {});
  return (await openImported(join(folder, name))).model;
}

it.each([
  ['resnet-l13', ['stride4', 'stride8', 'stride16', 'stride32']],
  ['vit-l14', ['pyramid.4', 'stride8', 'pyramid.16', 'pyramid.32']],
  ['hiera-l16', ['stride4', 'pyramid.8', 'pyramid.16', 'pyramid.32']],
])('%s gives maps at levels 4 to 32, its own where it has them', async (file, names) => {
  const model = await opened(file);
  const stages = pyramid(model, [4, 8, 16, 32]);
  expect(stages.map((s) => s.name)).toEqual(names);
  const at = (side: number, level: number) => Math.ceil(side / level);
  const [h, w] = model.size;
  expect(stages.map((s) => [s.height, s.width])).toEqual([4, 8, 16, 32].map((l) => [at(h, l), at(w, l)]));
});

it('says what to do where no maps were found', async () => {
  const model = await opened('oldies-l17');
  expect(() => pyramid(model, [8])).toThrow(/oldies-l17 names no feature maps .*import it again .*--stages/);
});
