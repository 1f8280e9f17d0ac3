import { check } from '../../../base/errors.ts';
import { shellPath } from '../../../base/node/shell.ts';
import { graphCost } from '../../../graph/cost.ts';
import { reachable } from '../../../graph/graph.ts';
import type { Merged } from '../../../graph/merge.ts';
import type { Member } from './member.ts';

/** What one run brings along. */
export interface MemberShare {
  readonly name: string;
  readonly task: string;
  /** Multiply-adds for one image. */
  readonly macs: number;
  /** Those that another member needs as well: they are done once. */
  readonly shared: number;
}

/** What a member computes in the merged graph, and what of that others need as well. */
export function shareOf({ name, loaded }: Member, { graph: g, users }: Merged): MemberShare {
  const own = [...g.outputs].flatMap(([output, v]) => (output.startsWith(`${name}/`) ? [v] : []));
  const needed = new Set(reachable(own).flatMap(({ origin }) => (origin.kind === 'node' ? [origin.node] : [])));
  let [macs, shared] = [0, 0];
  for (const { node, macs: more } of graphCost(g, { N: 1 }).nodes) {
    if (!needed.has(node)) continue;
    macs += more;
    if ((users.get(node) ?? 0) > 1) shared += more;
  }
  return { name, task: loaded.run.task, macs, shared };
}

/** That every run has something in common with another one. */
export function checkShared(shares: readonly MemberShare[], members: readonly Member[]): void {
  const alone = shares.filter(({ shared }) => shared === 0).map(({ name }) => name);
  if (alone.length === 0) return;
  const { loaded } = members[0]!;
  const weights = shellPath(`${loaded.folder}/best/model.safetensors`);
  check(
    false,
    `${alone.join(', ')} ${alone.length > 1 ? 'have' : 'has'} nothing in common with the other runs: their backbones are different ` +
      'ones, or were trained further. Train each on the same weights and leave those as they are: ' +
      `yosegi train DATA --model ${loaded.run.model} --weights ${weights} --freeze backbone --out RUN`,
  );
}
