import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataCommand } from './data.ts';
import { workplace } from './testing/photographs.ts';
import { runCommand } from './testing/run-command.ts';

let place: Awaited<ReturnType<typeof workplace>>;
beforeAll(async () => {
  place = await workplace(6);
});
afterAll(() => place.remove());

const data = (...args: string[]) => runCommand(dataCommand(), args);

describe('yosegi data', () => {
  it('prints what is in a folder, as text and as JSON, and writes a contact sheet', async () => {
    const sheet = join(place.root, 'sheet.png');
    const { out } = await data(place.images, '--sheet', sheet);
    for (const name of ['red-iron', 'slag-inclusion', 'surface-scratch']) expect(out).toContain(name);
    expect((await readFile(sheet)).subarray(1, 4).toString()).toBe('PNG');
    expect(JSON.parse((await data(place.images, '--json')).out)).toMatchObject({ pictures: 18, problems: [] });
  });

  it('shows broken files first, then fails where there are too many', async () => {
    await writeFile(join(place.images, 'red-iron', 'empty.jpg'), '');
    await expect(data(place.images)).rejects.toThrow(/1 of 19 files are broken, more than --max-broken 0\.05/);
    expect((await data(place.images, '--max-broken', '10%')).out).toContain('empty.jpg');
    await expect(data(join(place.root, 'gone'))).rejects.toThrow(/there is no folder/);
  });
});
