import { InferenceSession, Tensor } from 'onnxruntime-node';
import { z } from 'zod';
import { check } from '../src/base/errors.ts';
import { formulaInput } from '../src/testing/formula.ts';
import { clocked, clockedRuns } from './clock.ts';
import { memory } from './process-memory.ts';
import { answerRequests, type Message } from './protocol.ts';

/**
 * The peer a user would pick in our place: an .onnx file as PyTorch exports it, on onnxruntime-node as it comes. A process with the
 * requests of bench/peers/peer.py, of which `prepare` takes `file`, `shape` and `threads`; and `says`, the logits.
 */
const preparing = z.object({ file: z.string(), shape: z.array(z.int()), threads: z.int() });

let opened: { readonly session: InferenceSession; readonly feeds: Readonly<Record<string, Tensor>> } | undefined;

async function step(): Promise<Tensor> {
  check(opened, 'no file is prepared');
  const { session, feeds } = opened;
  return (await session.run(feeds))[session.outputNames[0]!]!;
}

async function prepare(request: Message): Promise<Message> {
  const { file, shape, threads } = preparing.parse(request);
  const start = performance.now();
  const session = await InferenceSession.create(file, { graphOptimizationLevel: 'all', intraOpNumThreads: threads });
  const build = performance.now() - start;
  const image = new Tensor('float32', formulaInput('input', shape).data, shape);
  opened = { session, feeds: { [session.inputNames[0]!]: image } };
  return { build_s: build / 1000, compile_s: null, first_ms: (await clocked(step)).ms };
}

const run = (request: Message): Promise<Message> => clockedRuns(Number(request.iters ?? 5), step);

const says = async () => ({ logits: Array.from((await step()).data as Float32Array) });

await answerRequests({ prepare, run, memory, says });
