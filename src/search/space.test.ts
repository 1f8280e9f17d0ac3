import { describe, expect, it } from 'vitest';
import { random } from '../base/random.ts';
import { createModel } from '../models/registry.ts';
import { chance } from './generator.ts';
import { choicesOf, settle, settledText, settleModel, sizeOfSpace, spaceOf } from './space.ts';
import { spaceNamed, spaceNames } from './spaces/spaces.ts';

const small = {
  name: 'small',
  model: 'ascan-micro',
  size: { choose: [32, 64], as: 'size' },
  overrides: {
    widths: [{ product: ['heads', 8] }, 32],
    layout: { join: [{ choose: ['C', 'CC'], as: 'first' }, 'T'], with: '|' },
    expand: { choose: [2, 4], as: 'expand' },
    headDim: { choose: [1, 2, 3], as: 'heads' },
  },
};

describe('a space of designs', () => {
  it('is data: values are chosen, multiplied, put together', () => {
    const space = spaceOf(small, 'small.json');
    expect(choicesOf(space).map(({ name }) => name)).toEqual(['first', 'expand', 'heads', 'size']);
    expect(sizeOfSpace(space)).toBe(24);
    expect(settle(space, [1, 0, 2, 1])).toEqual({
      model: 'ascan-micro',
      size: 64,
      overrides: { widths: [24, 32], layout: 'CC|T', expand: 2, headDim: 3 },
    });
  });

  it('with early exits or without', () => {
    const exits = { choose: [0, 8], as: 'latents' };
    const space = spaceOf({ name: 'early', model: 'ascan-micro', exits }, 'e.json');
    expect(choicesOf(space).map(({ name }) => name)).toEqual(['latents']);
    const built = [0, 1].map((v) => {
      const { model, overrides } = settleModel(space, [v]);
      return createModel(model, { size: 32, classes: 2 }, overrides).exits?.length;
    });
    expect(built).toEqual([undefined, 4]);
    expect(() => spaceOf({ name: 'e', model: 'ascan-micro', exits: { choose: [true], as: 'on' } }, 'e.json')).toThrow(
      /the exits of e must be a number of latents, 0 for none, got true/,
    );
    for (const other of [{ adapters: { rank: 2 }, weights: 'box:w' }, { overrides: { perceiver: { latents: 4 } } }])
      expect(() => spaceOf({ name: 'e', model: 'ascan-micro', exits, ...other }, 'e.json')).toThrow(
        /a branch of their own, which goes with neither "adapters" nor/,
      );
  });

  it('of what is learned from weights: which, how much of them, what beside them', () => {
    const weights = { choose: ['box:mobilenetv2-imagenet', 'box:ascan-micro-distilled'], as: 'backbone' };
    const keep = { choose: [1, 0.5], as: 'kept' };
    const rank = { choose: [2, 4], as: 'rank' };
    const space = spaceOf({ name: 'adapted', weights, keep, adapters: { rank } }, 'a.json');
    expect(choicesOf(space).map(({ name }) => name)).toEqual(['backbone', 'kept', 'rank']);
    const design = settle(space, [1, 1, 0]);
    expect(design).toMatchObject({ weights: 'box:ascan-micro-distilled', keep: 0.5, adapters: { rank: 2 } });
    expect(settledText(design)).toMatch(/^box:ascan-micro-distilled \{"keep":0.5,"adapters":\{.*"rank":2/);
    expect(() => settleModel(space, [0, 0, 0])).toThrow(/names no model/);
    expect(() => spaceOf({ name: 'a', overrides: { b: rank } }, 'a.json')).toThrow(/names no network/);
    expect(() => spaceOf({ name: 'a', model: 'ascan-micro', keep }, 'a.json')).toThrow(
      /trained already: give "weights"/,
    );
    const none = { choose: [0, 1], as: 'kept' };
    expect(() => spaceOf({ name: 'a', weights: 'w', keep: none }, 'a.json')).toThrow(
      /the keep of a must be a number above 0/,
    );
    const wrong = { name: 'a', weights: 'w', adapters: { rank, method: 'lara' } };
    expect(() => spaceOf(wrong, 'a.json')).toThrow(/options of the adapters are not valid/);
  });

  it('that is wrong is explained', () => {
    expect(() => spaceOf({ model: 'x', overrides: {} }, 'a.json')).toThrow(/a\.json is no space of designs: 'name'/);
    expect(() => spaceOf({ ...small, overrides: {}, size: 64 }, 'a.json')).toThrow(/leaves nothing to choose/);
    const twice = { expand: { choose: [1], as: 'a' }, stem: { choose: [1], as: 'a' } };
    expect(() => spaceOf({ ...small, overrides: twice }, 'a.json')).toThrow(/two choices called 'a'/);
    const unknown = { stem: { product: ['b', 2] }, expand: { choose: [1], as: 'a' } };
    expect(() => spaceOf({ ...small, overrides: unknown }, 'a.json')).toThrow(/a choice 'b', which it has not/);
    expect(() => spaceNamed('turbovti')).toThrow(/turbovit/);
  });

  it.each(spaceNames.filter((name) => spaceNamed(name).weights === undefined))(
    '%s, which comes with the package, writes networks that can be built',
    (name) => {
      const space = spaceNamed(name);
      const generator = chance(choicesOf(space));
      for (let i = 0; i < 6; i++) {
        const { model, overrides } = settleModel(space, generator.generate(random(1, name, i)));
        expect(createModel(model, { size: 64, classes: 3 }, overrides).logits.type.shape).toEqual(['N', 3]);
      }
    },
  );
});
