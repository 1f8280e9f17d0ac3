import {
  compile,
  encoderFor,
  f32,
  featureSource,
  graph,
  initialValues,
  judgeAll,
  type Runtime,
  stratifiedDraw,
  type Tensor,
  type TrainingJob,
  train,
  trainOptions,
  YosegiError,
  zeroStarts,
} from '../../src/core.ts';
import { classify, type Evaluation } from '../../src/tasks/classify/index.ts';
import type { Backbone } from './backbone.ts';
import { withBreaths } from './breaths.ts';

/** A picture that was seen. */
export interface Sample {
  /** Unique: what is held back is drawn by it. */
  readonly name: string;
  /** Index of its class. */
  readonly kind: number;
  /** Equal for equal pixels: such pictures are never on both sides. */
  readonly hash: string;
  readonly features: Float32Array;
}

export interface Lesson {
  readonly runtime: Runtime;
  readonly backbone: Backbone;
  readonly samples: readonly Sample[];
  readonly classes: readonly string[];
  readonly epochs: number;
  readonly signal: AbortSignal;
  readonly onStep: TrainingJob['onStep'];
}

export interface Learnt {
  /** Whether it was stopped before its end; what was learnt so far is there. */
  readonly stopped: boolean;
  /** Pictures that it learnt from. */
  readonly trained: number;
  /** On the pictures that were held back; undefined where there are none. */
  readonly evaluation: Evaluation | undefined;
  /** Of the whole network. */
  readonly weights: ReadonlyMap<string, Tensor<'float32'>>;
}

/** Share of each class' pictures that is held back. */
const HELD_BACK = 0.2;
const SEED = 0;
/** What linear probes of this package are trained with (recipes/transfer.ts). */
const recipe = { batch: 32, lr: 3e-3, weightDecay: 0.01, warmup: 2 } as const;

/** Trains a head on features with the package's own trainer; no picture that is held back decides anything. */
export async function learn(lesson: Lesson): Promise<Learnt> {
  const { runtime, backbone, samples, classes, epochs, signal, onStep } = lesson;
  checkLesson(lesson);
  const { network, weights } = backbone.networkFor(classes.length);
  const probe = classify.probe?.(network);
  if (!probe) throw new YosegiError(`${backbone.name} has several heads: a single one is needed`);
  const first = new Map([...zeroStarts(network, weights), ...weights]);
  const drawn = samples.map(({ name: path, kind, hash }) => ({ path, kind, hash }));
  const held = new Set(stratifiedDraw(drawn, HELD_BACK, SEED, 'val'));
  const learning = samples.filter((_, i) => !held.has(i));
  const judged = samples.filter((_, i) => held.has(i));
  const result = await train({
    task: classify,
    network: probe.head,
    ...{ classes, runtime, signal, onStep },
    options: trainOptions({ ...recipe, epochs, seed: SEED }),
    train: withBreaths(sourceOf(lesson, learning, recipe.batch, SEED)),
    weights: initialValues(graph(network.outputs), SEED, first),
  });
  const all = new Map([...weights, ...result.weights]);
  const answer = { stopped: result.reason === 'stopped', trained: learning.length, weights: all };
  if (judged.length === 0) return { ...answer, evaluation: undefined };
  const meter = classify.meter({ classes, fileOf: (i) => judged[i]!.name, detailed: true });
  const program = await compile(runtime, graph(probe.head.outputs), { constants: all, target: 'standard' });
  try {
    await judgeAll(program, sourceOf(lesson, judged, 1024), meter);
    return { ...answer, evaluation: meter.evaluation('val') };
  } finally {
    await program.close();
  }
}

function checkLesson({ classes, samples }: Lesson): void {
  if (classes.length < 2) throw new YosegiError(`two classes are needed at least, there are ${classes.length}`);
  const twice = classes.find((name, i) => classes.indexOf(name) !== i);
  if (twice !== undefined) throw new YosegiError(`two classes are named '${twice}': give each a name of its own`);
  classes.forEach((name, kind) => {
    const different = new Set(samples.filter((s) => s.kind === kind).map((s) => s.hash)).size;
    if (different < 2)
      throw new YosegiError(
        `the class '${name}' has ${different === 1 ? 'one picture' : 'no pictures'}: two different ones are needed at least, one to learn from and one to be judged on`,
      );
  });
}

/** Batches of features; shuffled where there is a seed. */
function sourceOf({ backbone, classes }: Lesson, samples: readonly Sample[], batchSize: number, seed?: number) {
  const truths = samples.map((s) => s.kind);
  const width = samples[0]!.features.length;
  const rows = f32([samples.length, width]);
  samples.forEach(({ features }, i) => {
    rows.data.set(features, i * width);
  });
  const encoder = encoderFor(classify, truths, classes.length, backbone.preprocessing, 0);
  return featureSource(rows, truths, { encoder, batchSize, seed });
}
