import { join } from 'node:path';
import { sha256 } from '../../base/node/sha256.ts';
import { pruneModel } from '../../prune/node/prune-model.ts';
import { isModelFolder } from '../../run/node/open-model.ts';
import type { Training } from '../queue/queue.ts';

/** Options of a training that say which network it starts with. */
export interface Start {
  readonly model?: string;
  readonly weights?: string;
  readonly scratch: boolean;
}

/**
 * What a design is trained from: random weights, those that it names, or what is left of these without some of their channels, which lies
 * in `folder` then, once for all designs that begin alike: attention may hold for one size of pictures only.
 */
export async function startIn(
  { model, weights, keep = 1, size }: Pick<Training, 'model' | 'weights' | 'keep' | 'size'>,
  folder: string,
): Promise<Start> {
  if (weights === undefined || keep === 1) {
    return { ...(model !== undefined && { model }), ...(weights !== undefined && { weights }), scratch: !weights };
  }
  const out = join(folder, sha256(JSON.stringify([weights, keep, size])).slice(0, 12));
  if (!(await isModelFolder(out))) await pruneModel({ from: weights, out, target: { macs: keep }, size });
  return { model: out, scratch: false };
}
