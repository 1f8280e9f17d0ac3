import { z } from 'zod';
import { check } from '../../src/base/errors.ts';
import { f32, sizeOf, type Tensor } from '../../src/base/tensor.ts';
import type { Policy } from '../../src/exits/policy/policy.ts';
import { type CutModel, cutAtExits, hasExits } from '../../src/exits/program/cut.ts';
import { ifModel } from '../../src/exits/program/if-model.ts';
import { compileCut, type StagedProgram } from '../../src/exits/program/staged.ts';
import { wholeProgram } from '../../src/exits/program/whole.ts';
import { classifier, exitsGraph } from '../../src/models/model.ts';
import { createModel } from '../../src/models/registry.ts';
import { encodeModel } from '../../src/onnx/wire/model.ts';
import type { Program, Runtime } from '../../src/runtime/runtime.ts';
import { formulaInput, formulaWeights } from '../../src/testing/formula.ts';
import { ourRuntime } from '../our-runtime.ts';
import type { Message } from '../protocol.ts';
import { exitSubjectSchema } from './subjects.ts';

/** Our side of the race of models with exits: the requests `open`, `says` and `enter` of bench/peers/dynamic_perceiver.py. */
interface Opened {
  readonly runtime: Runtime;
  readonly cut: CutModel;
  readonly staged: StagedProgram;
  readonly whole: Program;
  readonly images: Tensor<'float32'>;
}

const enterSchema = z.object({
  /** In parts; as one file with `If`s, one image at a time; or the whole network as one program, which says nothing of exits. */
  way: z.enum(['parts', 'one file', 'whole']),
  count: z.int(),
  batch: z.int(),
  thresholds: z.array(z.number()).nullable(),
});

let opened: Opened | undefined;

function present(): Opened {
  check(opened, 'no model with exits is open');
  return opened;
}

export async function open(request: Message): Promise<Message> {
  const { model: name, size, classes, images } = exitSubjectSchema.parse(request);
  const runtime = await ourRuntime(Number(request.threads));
  const model = createModel(name, { size, classes });
  check(hasExits(model), () => `${name} has no exits`);
  const all = exitsGraph(model);
  const weights = formulaWeights(all);
  const cut = cutAtExits(model, weights);
  opened = {
    runtime,
    cut,
    staged: await compileCut(runtime, cut),
    whole: await wholeProgram(runtime, classifier(model), weights),
    images: formulaInput('input', [images, 3, size, size]),
  };
  const trainable = all.params.filter((p) => p.origin.kind === 'param' && p.origin.role === 'trainable');
  const params = trainable.reduce((n, p) => n + sizeOf(p.type.shape as readonly number[]), 0);
  return { params, exits: opened.staged.exits, macs: opened.staged.macs };
}

/** The logits of all exits of all images. */
export async function says(): Promise<Message> {
  const { staged, images } = present();
  const logits = await staged.runAll(images);
  return { logits: logits.map((t) => Array.from(t.data as Float32Array)) };
}

/** One pass over some images, as often as asked, and where each of them leaves. */
export interface ExitIteration {
  run(): Promise<{ readonly exits: readonly number[] }>;
  close(): Promise<void>;
}

export async function exitIteration(request: Message): Promise<ExitIteration> {
  const { way, count, batch, thresholds } = enterSchema.parse(request);
  const { runtime, cut, staged, whole, images } = present();
  const policy: Policy = { thresholds: thresholds ?? [], always: [], suspicion: 1 };
  const single =
    way === 'one file' ? await runtime.load(encodeModel(ifModel(cut, policy)), { idle: 'sleep' }) : undefined;
  const take = async (x: Tensor): Promise<number[]> => {
    if (single) return [Number((await single.run({ [cut.image]: x })).exit!.data[0])];
    if (way === 'parts') return (await staged.run(x, policy)).map((a) => a.exit);
    await whole.run({ [cut.image]: x });
    return [];
  };
  const each = images.data.length / images.shape[0]!;
  const inputs = Array.from({ length: count / batch }, (_, i) => {
    const shape = [batch, ...images.shape.slice(1)];
    return f32(shape, images.data.slice(i * batch * each, (i + 1) * batch * each));
  });
  return {
    async run() {
      const exits: number[] = [];
      for (const x of inputs) exits.push(...(await take(x)));
      return { exits };
    },
    close: async () => single?.close(),
  };
}
