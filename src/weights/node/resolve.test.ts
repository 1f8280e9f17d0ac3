import { spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { YosegiError } from '../../base/errors.ts';
import { f32 } from '../../base/tensor.ts';
import { timmConfig } from '../config.ts';
import { encodeSafetensors } from '../safetensors.ts';
import type { StoredWeights } from './folder.ts';
import type { Progress } from './hub.ts';
import { type ResolveOptions, resolveWeights } from './resolve.ts';
import { type HubServer, type Repository, startHub } from './testing/hub-server.ts';

const id = 'timm/toy_12.in1k';
const commit = 'c'.repeat(40);
const values = Float32Array.from({ length: 300_000 }, (_, i) => Math.sin(i));
const weights = encodeSafetensors([['head.weight', f32([300, 1000], values)]], { format: 'pt' });
const toy = { name: 'toy_12', channels: 3, size: [96, 96], resize: {} } as const;
const config = timmConfig(toy, ['good', 'bad'], {
  cropPct: 0.9,
  cropMode: 'center',
  interpolation: 'bicubic',
  mean: [0.5, 0.5, 0.5],
  std: [0.5, 0.5, 0.5],
});
const repository = (): Repository => ({
  commit,
  branches: ['main', 'refs/pr/1'],
  files: { 'config.json': Buffer.from(config), 'model.safetensors': weights, 'README.md': Buffer.from('read me') },
  large: 'model.safetensors',
});

let hub: HubServer;
let cache = '';
/** An address where nobody answers. */
let dead = '';
beforeAll(async () => {
  const gone = await startHub();
  dead = gone.url;
  await gone.close();
  hub = await startHub();
});
afterAll(() => hub.close());
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'yosegi-hub-'));
  hub.repositories.clear();
  hub.repositories.set(id, repository());
  hub.log.length = 0;
  hub.tokens.length = 0;
  hub.mishap = () => undefined;
});
afterEach(() => rmSync(cache, { recursive: true, force: true }));

const get = (spec = id, options: ResolveOptions = {}) =>
  resolveWeights(spec, { cache, hubUrl: hub.url, patience: 2000, pause: 1, ...options });
/** Whether all values arrived. */
const holds = ({ tensors }: StoredWeights) => {
  const { data } = tensors.get('head.weight')!;
  return data.length === values.length && values.every((v, i) => v === data[i]);
};
const folder = () => join(cache, 'models--timm--toy_12.in1k');
const partial = () => readdirSync(join(folder(), 'blobs')).find((name) => name.endsWith('.incomplete'));
const isBig = (request: string) => request.includes('/cdn/');

describe('a model of the hub', () => {
  it('is downloaded into the cache that Python tools share', async () => {
    const seen: Progress[] = [];
    const found = await get(id, { onProgress: (p) => seen.push(p) });
    expect(holds(found)).toBe(true);
    expect(found.metadata).toEqual({ format: 'pt' });
    expect(found.config).toMatchObject({ architecture: 'toy_12', labels: ['good', 'bad'], input: { size: [96, 96] } });
    expect(found.path).toBe(join(folder(), 'snapshots', commit, 'model.safetensors'));
    expect(readFileSync(join(folder(), 'refs', 'main'), 'utf8')).toBe(commit);
    expect(readdirSync(join(folder(), 'snapshots', commit)).sort()).toEqual(['config.json', 'model.safetensors']);
    expect(lstatSync(found.path).isSymbolicLink()).toBe(true);
    expect(
      readdirSync(join(folder(), 'blobs'))
        .map((name) => name.length)
        .sort(),
    ).toEqual([40, 64]);
    expect(seen.at(-1)).toEqual({ file: 'model.safetensors', bytes: weights.length, total: weights.length });
    expect(hub.log.filter((r) => r.includes('README'))).toEqual([]);
  });

  it('is downloaded once', async () => {
    await get();
    hub.log.length = 0;
    await get();
    expect(hub.log.filter((r) => r.includes('/resolve/'))).toEqual([]);
    hub.log.length = 0;
    await get(`${id}@${commit}`);
    expect(hub.log).toEqual([]);
  });

  it('comes from the cache without network', async () => {
    await get();
    await get(`${id}@refs/pr/1`);
    hub.log.length = 0;
    for (const spec of [id, `${id}@main`, `${id}@${commit}`, `${id}@refs/pr/1`]) {
      expect((await get(spec, { offline: true })).tensors.size).toBe(1);
    }
    expect(hub.log).toEqual([]);
    const notices: string[] = [];
    const onNotice = (m: string) => notices.push(m);
    expect((await get(id, { hubUrl: dead, onNotice })).config?.architecture).toBe('toy_12');
    expect(notices[0]).toMatch(/cannot be asked about timm\/toy_12\.in1k \(fetch failed.*\): going on with what is in/);
    hub.mishap = () => ({ silent: true });
    expect((await get(id, { onNotice, patience: 50 })).tensors.size).toBe(1);
    expect(notices[1]).toMatch(/timeout/);
  });

  it('follows its branch, and keeps the files that did not change', async () => {
    await get();
    const next = 'd'.repeat(40);
    hub.repositories.set(id, {
      ...repository(),
      commit: next,
      files: { ...repository().files, 'config.json': Buffer.from(config.replace('toy_12', 'toy_13')) },
    });
    hub.log.length = 0;
    expect((await get()).config?.architecture).toBe('toy_13');
    expect(hub.log.filter(isBig)).toEqual([]);
    expect((await get(`${id}@${commit}`)).config?.architecture).toBe('toy_12');
  });

  it('need not have a config.json', async () => {
    const { files } = repository();
    hub.repositories.set(id, { ...repository(), files: { 'model.safetensors': files['model.safetensors']! } });
    expect((await get()).config).toBeUndefined();
    expect((await get(id, { offline: true })).config).toBeUndefined();
  });

  it('may be asked for by two at once', async () => {
    const found = await Promise.all([get(), get(), get()]);
    for (const one of found) expect(holds(one)).toBe(true);
    expect(partial()).toBeUndefined();
  });

  it('is fetched with a token where one is given', async () => {
    await expect(get(id, { token: 'wrong' })).rejects.toThrow(/must start with 'hf_'/);
    await get(id, { token: 'hf_test' });
    expect(hub.tokens).toEqual(hub.log.map(() => 'Bearer hf_test'));
  });
});

describe('a download that breaks off', () => {
  it('goes on by itself from where it was', async () => {
    let breaks = 3;
    hub.mishap = (request) => (isBig(request) && breaks-- > 0 ? { cutAfter: 200_000 } : undefined);
    const found = await get();
    expect(holds(found)).toBe(true);
    const ranges = hub.log.filter(isBig).map((r) => Number(/bytes=(\d+)-/.exec(r)?.[1] ?? 0));
    expect(ranges).toHaveLength(4);
    for (let i = 1; i < 4; i++) expect(ranges[i]).toBeGreaterThan(ranges[i - 1]!);
  });

  it('keeps what came for the next run', async () => {
    let cuts = 0;
    hub.mishap = (request) => (isBig(request) ? { cutAfter: cuts++ === 0 ? 500_000 : 0 } : undefined);
    await expect(get()).rejects.toThrow(/broke off: .*0\.\d of 1\.2 MB are kept/s);
    expect(cuts).toBeGreaterThanOrEqual(4);
    expect(partial()).toBeDefined();
    hub.log.length = 0;
    hub.mishap = () => undefined;
    expect(holds(await get())).toBe(true);
    expect(hub.log.filter(isBig)).toHaveLength(1);
    expect(hub.log.find(isBig)).toMatch(/ bytes=[1-9]\d+-$/);
    expect(partial()).toBeUndefined();
  });

  it('goes on with what a process left that was killed, not with what another works on', async () => {
    await get();
    const blobs = join(folder(), 'blobs');
    const blob = readdirSync(blobs).find((name) => name.length === 64)!;
    const gone = spawnSync(process.execPath, ['-e', '']).pid;
    for (const [owner, resumed] of [
      [gone, true],
      [process.pid, false],
    ] as const) {
      rmSync(join(folder(), 'snapshots'), { recursive: true });
      rmSync(join(blobs, blob));
      const left = join(blobs, `${blob}.${owner}-9999.incomplete`);
      writeFileSync(left, weights.subarray(0, 1000));
      hub.log.length = 0;
      expect(holds(await get())).toBe(true);
      expect(hub.log.find(isBig)?.endsWith(' bytes=1000-')).toBe(resumed);
      expect(existsSync(left)).toBe(!resumed);
    }
  });

  it('begins anew at a server that sends whole files only', async () => {
    let first = true;
    hub.mishap = (request) => {
      if (!isBig(request)) return undefined;
      const cut = first ? { cutAfter: 300_000 } : {};
      first = false;
      return { ...cut, ignoreRange: true };
    };
    expect(holds(await get())).toBe(true);
  });

  it('begins anew where what was kept is damaged or too long', async () => {
    for (const kept of [new Uint8Array(1000).fill(7), new Uint8Array(weights.length + 5)]) {
      await get();
      const blobs = join(folder(), 'blobs');
      const blob = readdirSync(blobs).find((name) => name.length === 64)!;
      rmSync(join(folder(), 'snapshots'), { recursive: true });
      rmSync(join(blobs, blob));
      writeFileSync(join(blobs, `${blob}.incomplete`), kept);
      expect(holds(await get())).toBe(true);
    }
  });

  it('waits for a busy server', async () => {
    let busy = 2;
    hub.mishap = (request) => (isBig(request) && busy-- > 0 ? { status: 503 } : undefined);
    expect((await get()).tensors.size).toBe(1);
  });

  it('gives up on a server that falls silent', async () => {
    hub.mishap = (request) => (isBig(request) ? { silent: true } : undefined);
    await expect(get(id, { patience: 300 })).rejects.toThrow(/broke off: nothing came for 0\.3 s/);
  });

  it('ends when it is called off', async () => {
    const controller = new AbortController();
    hub.mishap = (request) => {
      if (isBig(request)) setTimeout(() => controller.abort(new Error('called off')), 20);
      return isBig(request) ? { silent: true } : undefined;
    };
    await expect(get(id, { signal: controller.signal })).rejects.toThrow(/called off/);
  });
});

describe('a download is refused', () => {
  const refusal = async (options: ResolveOptions = {}, spec = id) => {
    const error = await get(spec, options).then(
      () => undefined,
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(YosegiError);
    return error instanceof Error ? error.message : '';
  };

  it('with the manual way where there is no network', async () => {
    const message = await refusal({ hubUrl: dead });
    expect(message).toMatch(/cannot get timm\/toy_12\.in1k from http:.*: fetch failed \(.*ECONNREFUSED 127\.0\.0\.1/);
    expect(message).toContain(`${dead}/${id}/resolve/main/config.json`);
    expect(message).toContain(`${dead}/${id}/resolve/main/model.safetensors`);
    expect(message).toContain('in one folder, bring it here, and give the folder');
    expect(await refusal({ offline: true })).toMatch(/not in the cache .*not to be used\. To do it by hand/);
  });

  it('where the hub knows no such model or revision, or keeps it', async () => {
    expect(await refusal({}, 'timm/none')).toMatch(/no public model of this name \(401\)/);
    expect(await refusal({}, `${id}@v2`)).toMatch(/no such model or revision \(404\)/);
    hub.mishap = () => ({ status: 403 });
    expect(await refusal()).toMatch(/only to those who asked for it \(403\)/);
    hub.mishap = () => ({ status: 500 });
    expect(await refusal()).toMatch(/answered 500/);
    hub.mishap = () => ({ body: '<html>Please log in</html>' });
    expect(await refusal()).toMatch(/what answered is not the hub/);
    hub.mishap = (request) => (isBig(request) ? { status: 404 } : undefined);
    expect(await refusal()).toMatch(/the server answered 404/);
  });

  it('where there are only pickles', async () => {
    hub.repositories.set(id, { ...repository(), files: { 'pytorch_model.bin': weights } });
    expect(await refusal()).toMatch(/no model\.safetensors .*pickle/);
  });

  it('where the size is not what was announced', async () => {
    hub.mishap = (request) => (isBig(request) ? { content: weights.subarray(0, -4) } : undefined);
    expect(await refusal()).toMatch(/has 1200\d\d\d bytes where the hub announced 1200\d\d\d/);
    let first = true;
    hub.mishap = (request) => {
      if (!isBig(request)) return undefined;
      const mishap = first ? { cutAfter: 400_000 } : { content: Buffer.concat([weights, weights]) };
      first = false;
      return mishap;
    };
    expect(await refusal()).toMatch(/was asked for its \d+ bytes from \d+ on, and sent 'bytes/);
  });

  it('where the content is not what was announced, and not kept', async () => {
    const wrong = Uint8Array.from(weights);
    wrong[5000] = 1;
    hub.mishap = (request) => (isBig(request) ? { content: wrong } : undefined);
    expect(await refusal()).toMatch(/another checksum than the hub announced/);
    expect(partial()).toBeUndefined();
    expect(existsSync(join(folder(), 'snapshots', commit, 'model.safetensors'))).toBe(false);
  });

  it('where the hub itself says what would lead out of the cache', async () => {
    const info = (edit: (json: unknown) => unknown, what: string) => {
      hub.mishap = (request) => (request.includes(what) ? { edit } : undefined);
      return refusal();
    };
    expect(await info(() => ({ _id: '', id, sha: '../../../../evil' }), '/revision/')).toMatch(/without a commit/);
    const file = (fields: object) => () => [{ type: 'file', path: 'model.safetensors', size: 3, ...fields }];
    expect(await info(file({ oid: '../../../evil' }), '/paths-info/')).toMatch(/checksum, which is none/);
    expect(await info(file({ oid: { a: 1 } }), '/paths-info/')).toMatch(/checksum, which is none/);
    expect(await info(file({ size: -1 }), '/paths-info/')).toMatch(/size of '-1'/);
    expect(await info(() => [null], '/paths-info/')).toMatch(/cannot get/);
    expect(await info(() => 7, '/paths-info/')).toMatch(/malformed/);
    expect(readdirSync(cache).filter((name) => name !== 'models--timm--toy_12.in1k')).toEqual([]);
  });

  it('where the disk cannot take it, without advice about the network', async () => {
    writeFileSync(join(cache, 'file'), '');
    const message = await refusal({ cache: join(cache, 'file') });
    expect(message).toMatch(/cannot make the folder .*HF_HOME/);
    expect(message).not.toMatch(/by hand/);
  });
});

describe('a file or folder', () => {
  const write = (name: string, content: string | Uint8Array) => {
    const path = join(cache, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, content);
    return path;
  };

  it('is read with the config.json beside it', async () => {
    const file = write('a/model.safetensors', weights);
    expect((await get(join(cache, 'a'))).config).toBeUndefined();
    write('a/config.json', config);
    expect(await get(join(cache, 'a'))).toEqual(await get(file));
    expect((await get(file)).config?.architecture).toBe('toy_12');
    const other = write('a/other.safetensors', weights);
    expect((await get(other)).config).toBeUndefined();
    write('a/config.json', '{}');
    await expect(get(join(cache, 'a'))).rejects.toThrow(/cannot use .*config\.json: .*architecture/s);
    const notices: string[] = [];
    expect((await get(file, { onNotice: (m) => notices.push(m) })).config).toBeUndefined();
    expect(notices[0]).toMatch(/not used/);
    expect(hub.log).toEqual([]);
  });

  it('may be in shards', async () => {
    const [a, b] = [f32([2], [1, 2]), f32([1], [3])];
    write('s/model-1.safetensors', encodeSafetensors([['a', a]]));
    write('s/model-2.safetensors', encodeSafetensors([['b', b]]));
    const index = (map: object) => write('s/model.safetensors.index.json', JSON.stringify({ weight_map: map }));
    index({ a: 'model-1.safetensors', b: 'model-2.safetensors' });
    expect((await get(join(cache, 's'))).tensors).toEqual(
      new Map([
        ['a', a],
        ['b', b],
      ]),
    );
    index({ a: 'model-1.safetensors', b: 'model-1.safetensors' });
    await expect(get(join(cache, 's'))).rejects.toThrow(/has no tensor 'b'/);
    index({ c: 'model-1.safetensors' });
    await expect(get(join(cache, 's'))).rejects.toThrow(/holds the tensor 'a', which/);
    for (const name of ['../model-1.safetensors', '/etc/passwd', 'a\\b.safetensors', 'model.bin']) {
      index({ a: name });
      await expect(get(join(cache, 's'))).rejects.toThrow(/in the same folder is expected/);
    }
    index([1]);
    await expect(get(join(cache, 's'))).rejects.toThrow(
      /index\.json is not what this version of yosegi expects: .*Download the folder again/s,
    );
  });

  it('is refused with what to do', async () => {
    const pickle = write('p/pytorch_model.bin', 'x');
    await expect(get(pickle)).rejects.toThrow(/pickle file of PyTorch.*convert it in Python/);
    await expect(get(join(cache, 'p'))).rejects.toThrow(
      /no model\.safetensors in .*it has pytorch_model\.bin.*convert/,
    );
    mkdirSync(join(cache, 'empty'));
    await expect(get(join(cache, 'empty'))).rejects.toThrow(/it is empty/);
    write('run/best/model.safetensors', weights);
    await expect(get(join(cache, 'run'))).rejects.toThrow(/is a run folder: give .*best/);
    await expect(get(write('notes.txt', 'x'))).rejects.toThrow(/notes\.txt is no \.safetensors file/);
    await expect(get('none.safetensors')).rejects.toThrow(/no file or folder 'none\.safetensors': give/);
    await expect(get('resnet18.a1_in1k')).rejects.toThrow(/on the hub it would be 'timm\/resnet18\.a1_in1k'/);
  });
});
