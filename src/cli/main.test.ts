import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { yosegiVersion } from '../base/node/version.ts';
import { commandsFor } from './commands.ts';
import { quick, workplace } from './testing/photographs.ts';
import { start } from './testing/start.ts';
import { all } from './testing/yosegi.ts';

describe('yosegi', () => {
  it('lists its commands, knows its version, and names the nearest command', async () => {
    const [help, version, bare, typo, extra] = await all([
      ['--help'],
      ['--version'],
      [],
      ['trian', 'x'],
      ['eval', 'a', 'b'],
    ]);
    const verbs = [...help!.out.matchAll(/^ {2}([a-z]+) /gm)].map(([, verb]) => verb);
    expect(verbs.filter((verb) => verb !== 'help')).toEqual([
      'demo',
      'data',
      'import',
      'train',
      'distill',
      'adapt',
      'diffs',
      'merge',
      'prune',
      'search',
      'worker',
      'poc',
      'eval',
      'exits',
      'predict',
      'generate',
      'bench',
      'report',
      'export',
      'join',
      'verify',
      'info',
      'doctor',
    ]);
    expect(help!.code).toBe(0);
    // Each is found under its own name when it is asked for alone.
    for (const verb of verbs.slice(0, -1)) expect((await commandsFor(verb)).map((c) => c.name())).toEqual([verb]);
    expect(version).toMatchObject({ code: 0, out: `${await yosegiVersion()}\n` });
    expect(bare).toMatchObject({ code: 1, out: '' });
    expect(bare!.err).toMatch(/^Usage: yosegi/);
    expect(typo).toMatchObject({ code: 1, out: '' });
    expect(typo!.err).toMatch(/unknown command 'trian'\n\(Did you mean train\?\)/);
    expect(extra!.code).toBe(1);
    expect(extra!.err).toMatch(/too many arguments/);
  });

  it('ends quietly when what reads its output goes away', async () => {
    const child = start(['info', '--json']);
    child.hangUp();
    expect(await child.ended).toMatchObject({ code: 0, err: '' });
  });

  it.runIf(process.platform === 'linux')('says in one line that the disk behind its output is full', async () => {
    const full = openSync('/dev/full', 'w');
    const verbs = [['info'], ['--help'], ['--version'], ['train', '--help']];
    for (const { code, err } of await Promise.all(verbs.map((args) => start(args, { stdout: full }).ended))) {
      expect(code).toBe(1);
      expect(err).toMatch(/^\nyosegi: standard output cannot be written: ENOSPC[^\n]*\n$/);
    }
    closeSync(full);
  });

  it('goes on training when nobody reads its log any more', async () => {
    const place = await workplace();
    const out = join(place.root, 'run');
    const child = start(['train', place.images, '--out', out, ...quick, '--epochs', '3']);
    while (child.err() === '') await sleep(50);
    child.leave();
    expect((await child.ended).code).toBe(0);
    expect((await readFile(join(out, 'log.jsonl'), 'utf8')).trim().split('\n')).toHaveLength(3);
    await place.remove();
  });
});
