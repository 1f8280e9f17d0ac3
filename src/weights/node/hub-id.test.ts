import { join, relative } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { YosegiError } from '../../base/errors.ts';
import { hubCache, ModelCache } from './cache.ts';
import { hubId, hubUrl } from './hub-id.ts';

describe('hubId', () => {
  it('reads names and revisions', () => {
    expect(hubId('timm/hiera_tiny_224.mae_in1k_ft_in1k')).toEqual({
      name: 'timm/hiera_tiny_224.mae_in1k_ft_in1k',
      revision: 'main',
    });
    expect(hubId('hf-hub:timm/resnet18.a1_in1k@v1.0')).toEqual({ name: 'timm/resnet18.a1_in1k', revision: 'v1.0' });
    expect(hubId('a/b@refs/pr/3')?.revision).toBe('refs/pr/3');
  });

  it.each([
    '',
    'resnet18',
    './a/b',
    '../a',
    '/a/b',
    'a/b/c',
    'a/..',
    'C:\\a\\b',
    'a--b/c',
    'a/b.safetensors',
    'a/.b',
    'a b/c',
  ])("takes '%s' for no id", (text) => expect(hubId(text)).toBeUndefined());

  it.each(['a/b@../../c', 'a/b@/etc', 'a/b@x//y', 'a/b@.', 'a/b@a..b', 'a/b@c\\d'])(
    'refuses the revision of %s',
    (text) => expect(() => hubId(text)).toThrow(/is no revision/),
  );

  it('never gives what leads out of the cache', () => {
    const piece = fc.constantFrom('a', '..', '.', '/', '@', '-', '--', '\\', 'C:', '~', '\0', 'refs', '%2e', ' ');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
        let id: ReturnType<typeof hubId>;
        try {
          id = hubId(pieces.join(''));
        } catch (error) {
          return error instanceof YosegiError;
        }
        if (!id) return true;
        const within = relative('/cache', join('/cache', id.name.replace('/', '--'), 'refs', id.revision));
        return !within.startsWith('..') && !/[\\\0]/.test(within);
      }),
      { seed: 3, numRuns: 3000 },
    );
  });
});

describe('the cache', () => {
  it('is where Hugging Face tools have it', () => {
    expect(hubCache({ HF_HUB_CACHE: '/x' })).toBe('/x');
    expect(hubCache({ HUGGINGFACE_HUB_CACHE: '/y', HF_HOME: '/h' })).toBe('/y');
    expect(hubCache({ HF_HOME: '/h', XDG_CACHE_HOME: '/g' })).toBe(join('/h', 'hub'));
    expect(hubCache({ XDG_CACHE_HOME: '/g' })).toBe(join('/g', 'huggingface', 'hub'));
    expect(hubCache({})).toMatch(/\.cache.huggingface.hub$/);
    expect(hubUrl({})).toBe('https://huggingface.co');
    expect(hubUrl({ HF_ENDPOINT: 'http://mirror/' })).toBe('http://mirror');
  });

  it('takes only commits and checksums into paths', async () => {
    const cache = new ModelCache('/nowhere', { name: 'a/b', revision: 'main' });
    expect(() => cache.snapshot('../x')).toThrow(/commit, which is none/);
    await expect(cache.blob('../x')).rejects.toThrow(/checksum, which is none/);
  });
});
