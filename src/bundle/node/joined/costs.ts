import { graph } from '../../../graph/graph.ts';
import { inputsOf, randomFeeds } from '../../../measure/feeds.ts';
import { type Effort, interleave } from '../../../measure/interleave.ts';
import { percentile } from '../../../measure/percentile.ts';
import { toOnnx } from '../../../onnx/print.ts';
import { fromOnnx } from '../../../onnx/read.ts';
import { decodeModel, encodeModel } from '../../../onnx/wire/model.ts';
import type { Program, Runtime } from '../../../runtime/runtime.ts';
import type { Manifest } from '../../manifest.ts';

/** What one task of a joined bundle costs, in ms for one picture. */
interface MemberCost {
  readonly name: string;
  readonly task: string;
  /** What the joined model takes more than without it. */
  readonly adds: number;
  /** What it takes as a model of its own, backbone included. */
  readonly alone: number;
}

export interface JoinedCosts {
  readonly threads: number;
  /** The joined model: ms for one picture, median. */
  readonly joined: number;
  /** The same answers from separate models, one after another: the sum of their medians. */
  readonly apart: number;
  readonly members: readonly MemberCost[];
}

/**
 * Times a joined model beside each of its tasks alone, and beside itself without each of them, in turns: medians in ms, one picture
 * at a time.
 */
export async function joinedCosts(
  model: Uint8Array,
  members: NonNullable<Manifest['members']>,
  runtime: Runtime,
  { threads, onProgress, ...effort }: Effort & { threads?: number; onProgress?: (share: number) => void },
): Promise<JoinedCosts> {
  const file = decodeModel(model);
  const whole = fromOnnx(file).graph;
  const part = (keep: (member: string) => boolean) => {
    const names = members
      .filter(({ name }) => keep(name))
      .flatMap(({ name, outputs }) => outputs.map((output) => `${name}/${output}`));
    const values = new Map(names.map((name) => [name, whole.outputs.get(name)!]));
    return encodeModel(toOnnx(graph(values), { target: 'standard' }));
  };
  const alone = members.map(({ name }) => part((m) => m === name));
  const without = members.map(({ name }) => part((m) => m !== name));
  const feeds = randomFeeds(inputsOf(file), 1);
  const programs: Program[] = [];
  try {
    for (const bytes of [model, ...alone, ...without]) {
      programs.push(await runtime.load(bytes, threads === undefined ? {} : { threads }));
    }
    const shares = programs.map(() => 0);
    const times = await interleave(
      programs.map((program) => ({ run: () => program.run(feeds) })),
      effort,
      {
        onTurn: (i, share) => {
          shares[i] = share;
          onProgress?.(shares.reduce((a, b) => a + b, 0) / shares.length);
        },
      },
    );
    const [joined, ...rest] = times.map((series) => percentile(series, 50));
    return {
      threads: threads ?? runtime.threads,
      joined: joined!,
      apart: rest.slice(0, members.length).reduce((a, b) => a + b, 0),
      members: members.map(({ name, task }, i) => ({
        name,
        task,
        adds: joined! - rest[members.length + i]!,
        alone: rest[i]!,
      })),
    };
  } finally {
    for (const program of programs) await program.close();
  }
}
