import { describe, expect, it } from 'vitest';
import { smallBranch } from '../models/dynamic-perceiver/config.ts';
import { createModel } from '../models/registry.ts';
import { branch } from './branch.ts';

describe('--exits', () => {
  it('takes settings as they are written, and small ones where nothing is said', () => {
    expect(branch('')).toEqual(smallBranch);
    expect(branch('latents=16, layers=1/1/2/1,z2x=off,places=a.1/b/c/d,widths=8/16/16/32')).toEqual({
      latents: 16,
      layers: [1, 1, 2, 1],
      mlpRatio: 2,
      z2x: false,
      places: ['a.1', 'b', 'c', 'd'],
      widths: [8, 16, 16, 32],
    });
  });

  it.each([
    ['latents', /no setting/],
    ['latents=many', /latents/],
    ['layers=1//1/1', /layers/],
    ['lattents=8', /unknown option of the exits 'lattents'; did you mean 'latents'\? Known: latents, /],
    ['z2x=maybe', /z2x/],
  ])('says what is wrong with %s', (text, message) => {
    expect(() => branch(text)).toThrow(message);
  });

  it('puts the branch beside any model, once', () => {
    const model = createModel('ascan-micro', { size: 64, classes: 3 }, { layout: 'CC|CC|CT|T', perceiver: branch('') });
    expect(model.exits).toHaveLength(4);
    expect(model.backbone?.exits).toBeUndefined();
    expect(() => createModel('ascan-micro-perceiver', { size: 64 }, { perceiver: branch('') })).toThrow(
      /exits already/,
    );
  });
});
