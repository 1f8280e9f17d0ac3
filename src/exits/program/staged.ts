import { check } from '../../base/errors.ts';
import { gatherRows } from '../../base/rows.ts';
import type { Tensor } from '../../base/tensor.ts';
import type { ExitModel } from '../../models/model.ts';
import { compile, type LoadOptions, type Program, type Runtime } from '../../runtime/runtime.ts';
import { assess } from '../policy/assess.ts';
import { checkPolicy, leaves, type Policy } from '../policy/policy.ts';
import { type CutModel, cutAtExits } from './cut.ts';

/** What a staged program says of one image. */
export interface StagedAnswer {
  readonly logits: Float32Array;
  /** Index of the exit where it left. */
  readonly exit: number;
  /** How sure that exit was, 0 … 1. */
  readonly confidence: number;
  /** How sure each exit was that it came to, the one it left at last. */
  readonly confidences: readonly number[];
}

/** A model that stops computing for an image as soon as an exit is sure enough. */
export interface StagedProgram {
  readonly exits: readonly string[];
  readonly classes: number;
  /** Multiply–accumulates of one image that leaves at each exit. */
  readonly macs: readonly number[];
  /**
   * Answers for images [N, channels, H, W], in their order. After each exit those that are sure enough leave; the rest, and what
   * was computed for it, goes on as a smaller batch. `images` is lent, see `Program.run`.
   */
  run(images: Tensor, policy: Policy): Promise<StagedAnswer[]>;
  /** The logits [N, classes] of all exits. */
  runAll(images: Tensor): Promise<Tensor[]>;
  close(): Promise<void>;
}

export type StagedOptions = LoadOptions;

/** Cuts a model at its exits and compiles each part, in standard operators as it is shipped. */
export function stagedProgram(
  runtime: Runtime,
  model: ExitModel,
  weights: ReadonlyMap<string, Tensor>,
  options: StagedOptions = {},
): Promise<StagedProgram> {
  return compileCut(runtime, cutAtExits(model, weights), options);
}

/** The same from a model that is cut already. */
export async function compileCut(runtime: Runtime, cut: CutModel, options: StagedOptions = {}): Promise<StagedProgram> {
  const { constants } = cut;
  const load = (k: number) =>
    compile(runtime, cut.segments[k]!.graph, { idle: 'sleep', ...options, constants, target: 'standard' });
  return assembled(
    cut.segments.map(({ exit, takes, keeps }) => ({ exit, takes, keeps })),
    { ...cut },
    load,
  );
}

/** What running a segment needs to know; the file says the rest. */
export interface Stage {
  readonly exit: string;
  readonly takes: readonly string[];
  readonly keeps: readonly string[];
}

/** A staged program of parts that `load` brings in one after another; what is loaded is closed again where one fails. */
export async function assembled(
  stages: readonly Stage[],
  { image, classes, macs }: Pick<CutModel, 'image' | 'classes' | 'macs'>,
  load: (k: number) => Promise<Program>,
): Promise<StagedProgram> {
  const programs: Program[] = [];
  const close = async () => {
    for (const p of programs) await p.close();
  };
  try {
    let known: readonly string[] = [image];
    for (const [k, stage] of stages.entries()) {
      programs.push(await load(k));
      checkStage(stage, programs[k]!, known);
      known = stage.keeps;
    }
  } catch (error) {
    await close();
    throw error;
  }
  /** Runs segment `k` on what is known, and returns its logits and what is known behind it. */
  const step = async (k: number, known: Tensors) => {
    const { takes, keeps } = stages[k]!;
    const out = await programs[k]!.run(pick(takes, known));
    const logits = out.logits!;
    return { logits, known: pick(keeps, { ...known, ...out }) };
  };
  return {
    exits: stages.map((s) => s.exit),
    classes,
    macs,
    async run(images, policy) {
      checkPolicy(policy, stages.length, classes);
      const n = images.shape[0]!;
      const answers: StagedAnswer[] = [];
      const passed: number[][] = Array.from({ length: n }, () => []);
      /** Which image each row of the shrunken batch is. */
      let rows = Array.from({ length: n }, (_, i) => i);
      let known: Tensors = { [image]: images };
      for (let exit = 0; rows.length > 0; exit++) {
        const done = await step(exit, known);
        const scores = done.logits.data;
        check(scores instanceof Float32Array, () => `the logits are ${done.logits.dtype}, not float32`);
        const said = assess(scores, classes, policy.always);
        const stay: number[] = [];
        rows.forEach((row, i) => {
          const confidence = said.confidence[i]!;
          passed[row]!.push(confidence);
          if (!leaves(policy, exit, said, i)) stay.push(i);
          else {
            const logits = scores.slice(i * classes, (i + 1) * classes);
            answers[row] = { logits, exit, confidence, confidences: passed[row]! };
          }
        });
        rows = stay.map((i) => rows[i]!);
        if (rows.length > 0) known = mapped(done.known, (t) => gatherRows(t, stay));
      }
      return answers;
    },
    async runAll(images) {
      const all: Tensor[] = [];
      let known: Tensors = { [image]: images };
      for (let k = 0; k < stages.length; k++) {
        const done = await step(k, known);
        all.push(done.logits);
        known = done.known;
      }
      return all;
    },
    close,
  };
}

/** Parts that come from files may not be those that the plan means. */
function checkStage({ exit, takes, keeps }: Stage, { inputs, outputs }: Program, known: readonly string[]): void {
  const lacks = [
    ...inputs.filter((name) => !takes.includes(name) || !known.includes(name)),
    ...keeps.filter((name) => !known.includes(name) && !outputs.includes(name)),
    ...(outputs.includes('logits') ? [] : ['logits']),
  ];
  check(lacks.length === 0, () => `the part that ends at '${exit}' does not fit the others: ${lacks.join(', ')}`);
}

type Tensors = Readonly<Record<string, Tensor>>;

const pick = (names: readonly string[], from: Tensors): Tensors => Object.fromEntries(names.map((n) => [n, from[n]!]));

const mapped = (all: Tensors, f: (t: Tensor) => Tensor): Tensors =>
  Object.fromEntries(Object.entries(all).map(([name, t]) => [name, f(t)]));
