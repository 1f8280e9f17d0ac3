import { describe, expect, it } from 'vitest';
import { sha256Parts } from '../base/node/sha256.ts';
import { random } from '../base/random.ts';
import { f32 } from '../base/tensor.ts';
import { encodeSafetensors, parseSafetensors } from './safetensors.ts';
import { sealed, sealOf } from './seal.ts';

const tensors = new Map([
  ['stem.weight', f32([2, 3], Float32Array.of(1, 2, 3, 4, 5, 6))],
  ['head.bias', f32([2], Float32Array.of(-1, 0.5))],
]);
const metadata = { format: 'pt', model: 'ascan-nano' };

describe('sealed', () => {
  it('stays whole through a file, in any order of tensors and metadata', () => {
    const { metadata: m, tensors: t } = parseSafetensors(
      encodeSafetensors(tensors, sealed(metadata, tensors, sha256Parts)),
    );
    expect(m).toMatchObject(metadata);
    expect(sealOf(m, t, sha256Parts)).toBe('whole');
    expect(sealOf(Object.fromEntries(Object.entries(m).reverse()), [...t].reverse(), sha256Parts)).toBe('whole');
    expect(sealOf(metadata, t, sha256Parts)).toBe('unsealed');
  });

  it('finds every single flipped bit', () => {
    const whole = encodeSafetensors(tensors, sealed(metadata, tensors, sha256Parts));
    const rng = random(5, 'bits');
    for (let trial = 0; trial < 500; trial++) {
      const bytes = whole.slice();
      const bit = rng.uint32() % (8 * bytes.length);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      let state: string;
      try {
        const read = parseSafetensors(bytes);
        state = sealOf(read.metadata, read.tensors, sha256Parts);
      } catch {
        state = 'refused';
      }
      expect(['refused', 'broken', 'unsealed'], `bit ${bit}`).toContain(state);
      // Only a flip in the name of the checksum itself makes a file look like an old one.
      if (state === 'unsealed') expect(new TextDecoder().decode(bytes)).not.toContain('"checksum"');
    }
  });
});
