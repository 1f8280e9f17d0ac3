import { describe, expect, it } from 'vitest';
import { recipe, recipeNames, recipeSchema } from './recipe.ts';

describe('recipe', () => {
  it('survives a round trip through JSON, by every name', () => {
    for (const name of recipeNames) {
      const full = recipe(name);
      expect(full.name).toBe(name);
      expect(recipeSchema.parse(JSON.parse(JSON.stringify(full)))).toEqual(full);
    }
  });

  it('replaces parts of a named recipe', () => {
    const changed = recipe('light', { hflip: 0, crop: null });
    expect(changed).toEqual({ ...recipe('light'), hflip: 0, crop: null });
  });

  it('names the nearest recipe and every wrong field', () => {
    expect(() => recipe('ligth')).toThrow(/did you mean 'light'/);
    expect(() => recipe({ hflip: 2 })).toThrow(/hflip/);
    expect(() => recipe({ crop: { scale: [0.9, 0.1] } })).toThrow(/first number must not exceed/);
    expect(() => recipeSchema.parse({ flip: 1 })).toThrow(/flip/);
  });
});
