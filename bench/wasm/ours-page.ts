import { webRuntime } from '../../src/runtime/web/web.ts';
import { received, type Sent } from './network.ts';
import { ourWork, type Run, type Work } from './ours.ts';
import { timed } from './timed.ts';

/** Our side in a page; tfjs-page.js and jax-page.js answer the same calls. */
let run: Run;

Object.assign(globalThis, {
  side: {
    /** @returns where it computes, in words */
    async prepare(words: Sent, work: Work, threads: number): Promise<string> {
      const runtime = await webRuntime({ threads, wasmPaths: new URL('/ort/', import.meta.url).href });
      const bytes = await (await fetch(words.path)).arrayBuffer();
      run = await ourWork(runtime, work, received(words, new Float32Array(bytes)));
      return `onnxruntime-web ${runtime.version}, ${runtime.threads} threads`;
    },
    async once() {
      const { loss, logits } = await run();
      return { loss, ...(logits && { logits: Array.from(logits, Number) }) };
    },
    times: (count: number): Promise<number[]> => timed(run, count),
  },
});
