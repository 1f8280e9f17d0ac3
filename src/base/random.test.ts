import { describe, expect, it } from 'vitest';
import { permutation, philox, random } from './random.ts';

describe('philox', () => {
  it('gives the known answers of Random123 (kat_vectors, philox 4x32 10 rounds)', () => {
    expect([...philox([0, 0, 0, 0], [0, 0])]).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
    const f = 0xffffffff;
    expect([...philox([f, f, f, f], [f, f])]).toEqual([0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]);
  });
});

describe('random', () => {
  it('repeats for the same seed and keys and differs for others', () => {
    const draw = (seed: number, key: string) => Array.from({ length: 8 }, random(seed, key, 3).uint32);
    expect(draw(1, 'a')).toEqual(draw(1, 'a'));
    expect(draw(1, 'a')).not.toEqual(draw(1, 'b'));
    expect(draw(1, 'a')).not.toEqual(draw(2, 'a'));
  });

  it('has the moments of the normal distribution', () => {
    const rng = random(7);
    const x = Array.from({ length: 20000 }, () => rng.normal());
    const mean = x.reduce((a, b) => a + b) / x.length;
    const variance = x.reduce((a, b) => a + (b - mean) ** 2, 0) / x.length;
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(Math.abs(variance - 1)).toBeLessThan(0.04);
  });

  it('permutes without losing anything', () => {
    expect([...permutation(random(3), 100)].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });
});
