import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { messageOf } from '../src/base/errors.ts';
import type { Peer } from './protocol.ts';
import { peerModel, type Subject } from './subjects.ts';
import { root } from './venv.ts';

/** Whether both sides compute the same thing, said in one line. */
export interface Agreement {
  readonly model: string;
  readonly text: string;
}

interface Numbers {
  readonly logits: readonly number[];
  readonly loss: number;
  readonly gradient_norm: number;
}

/** PyTorch's logits in evaluation, and loss and gradient norm in training, on formula weights (reference/formula.py). */
const script = `
import json, sys
sys.path[:0] = sys.argv[1:]
import torch, torch.nn.functional as F
from peer import PROTOCOL, build, one
from formula import fill, uniform
m, shape, _ = build({**json.load(sys.stdin), 'batch': 2})
fill(m)
x = torch.from_numpy(uniform('input', shape))
with torch.no_grad():
    logits = m.eval()(x)
for d in m.modules():
    if isinstance(d, torch.nn.Dropout):
        d.p = 0
loss = F.cross_entropy(one(m.train()(x)), torch.tensor([1, 0]))
loss.backward()
n = torch.sqrt(sum((p.grad.double() ** 2).sum() for p in m.parameters()))
PROTOCOL.write(json.dumps({'logits': logits.flatten().tolist(), 'loss': loss.item(), 'gradient_norm': n.item()}) + '\\n')
`;

/** Compares one model on the same weights and images; a peer that cannot take them is noted, not an error. */
export async function agreement(ours: Peer, python: string, subject: Subject): Promise<Agreement> {
  const { model } = subject;
  const folders = ['bench/peers', 'reference/ascan', 'reference'].map((f) => join(root, f));
  const result = spawnSync(python, ['-c', script, ...folders], {
    input: JSON.stringify(peerModel(subject)),
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (result.status !== 0) {
    return {
      model,
      text: `not compared: ${result.error ? messageOf(result.error) : result.stderr.trim().split('\n').at(-1)}`,
    };
  }
  const theirs = JSON.parse(result.stdout) as Numbers;
  const mine = await ours.ask<Numbers>('agree', subject);
  const scale = Math.max(...theirs.logits.map(Math.abs));
  const worst = Math.max(...theirs.logits.map((v, i) => Math.abs(v - mine.logits[i]!))) / scale;
  const apart = (a: number, b: number) => (Math.abs(a - b) / Math.abs(b)).toExponential(1);
  return {
    model,
    text:
      `same formula weights and images on both sides: logits of the shipped form differ by ${worst.toExponential(1)} of the largest, ` +
      `training loss by ${apart(mine.loss, theirs.loss)}, gradient norm by ${apart(mine.gradient_norm, theirs.gradient_norm)} (relative)`,
  };
}
