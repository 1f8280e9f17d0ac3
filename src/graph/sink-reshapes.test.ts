import { describe, expect, it } from 'vitest';
import { classifier } from '../models/model.ts';
import { createModel } from '../models/registry.ts';
import { formulaWeights } from '../testing/formula.ts';
import { differenceBetween } from '../testing/same-graph.ts';
import type { Graph } from './graph.ts';
import { tidied } from './shipped.ts';

const count = (g: Graph, op: string) => g.nodes.filter((n) => n.op === op).length;

describe('a tidied graph', () => {
  it.each(['vit_tiny_patch16_224', 'hiera_tiny_224', 'ascan-micro', 'efficientformer_l1', 'mrl_13'])(
    'changes no number of %s and leaves fewer changes of shape',
    async (name) => {
      const g = classifier(createModel(name, { size: 64, classes: 5 }));
      const [plain, sunk] = [g, tidied(g)];
      expect(count(sunk, 'Reshape')).toBeLessThan(count(plain, 'Reshape'));
      const weights = formulaWeights(g);
      expect(await differenceBetween([plain, weights], [sunk, weights])).toBeLessThan(1e-5);
    },
  );
});
