import { describe, expect, it } from 'vitest';
import { ownNetwork } from '../models/network.ts';
import { createModel } from '../models/registry.ts';
import { conv2d } from '../nn/layers.ts';
import { rootScope } from '../nn/scope.ts';
import { profileNetwork } from './profile.ts';
import { profileText } from './profile-text.ts';

describe('a profile', () => {
  const model = createModel('ascan-micro-perceiver', { size: 64, classes: 7 });

  it('of a model with its own classifiers tells what each exit costs', () => {
    const profile = profileNetwork(ownNetwork(model), 'picture');
    expect(profile.exits!.map(({ name }) => name)).toEqual(model.exits!.map(({ name }) => name));
    expect(profile.exits!.at(-1)!.macs).toBe(profile.macs);
    expect(profile.outputs).toBeUndefined();
    expect(profileText(profile)).toContain('→ 7 classes');
  });

  it('of a head on feature maps counts that head and what it reads, and says what comes out', () => {
    const plain = createModel('ascan-micro', { size: 64, classes: 7 });
    const [, map] = plain.stages;
    const scores = rootScope().in('head', (s) => conv2d(s, map!.value, 2));
    const profile = profileNetwork({ model: plain, reads: [map!.value], outputs: { scores } }, 'picture');
    const own = profileNetwork(ownNetwork(plain), 'picture');
    expect(profile.exits).toBeUndefined();
    expect(profile.parameters).toBeLessThan(own.parameters);
    expect(profile.parts.at(-1)).toMatchObject({ parameters: 2 * 9 * map!.channels });
    expect(profileText(profile)).toContain(`→ scores 2 × ${map!.height} × ${map!.width}`);
  });
});
