/**
 * The page's worker: it looks at pictures, trains the head and answers, so that the page stays free. What it and its neighbours import from
 * `../../src` is `yosegi/core` and `yosegi/tasks/classify` where the package is installed.
 */
import { fromRgba, type Image, messageOf, type Program, type Runtime, YosegiError } from '../../src/core.ts';
import { accuracyInterval, classify, type Evaluation } from '../../src/tasks/classify/index.ts';
import { fetched } from '../browser/tab/fetched.ts';
import { onWasm } from '../browser/tab/on-wasm.ts';
import { type Backbone, type BackboneFiles, openBackbone } from './backbone.ts';
import { breath } from './breaths.ts';
import { learn, type Sample } from './learn.ts';
import { bytesOf, pixelHash, shippedModel } from './shipped.ts';
import type { Asked, HeldBack, Kind, Picture, Said } from './tab/messages.ts';

/** Pictures that the backbone sees at once. */
const TOGETHER = 8;

let engine: { readonly runtime: Runtime; readonly where: string } | undefined;
let files: { readonly from: string; readonly read: BackboneFiles } | undefined;
let backbone: Backbone | undefined;
/** What was learnt last. */
let head: { readonly program: Program; readonly classes: readonly string[] } | undefined;
/** By id; `kind` is the class' id. */
const samples = new Map<number, Sample>();
const waiting = new Map<number, Picture>();

const say = (said: Said, moved: Transferable[] = []) => postMessage(said, { transfer: moved });

/** One wish after the other; `stop` alone is heard at once. */
let last: Promise<void> = Promise.resolve();
let stopping = new AbortController();

addEventListener('message', ({ data }: MessageEvent<Asked>) => {
  if (data.kind === 'stop') {
    stopping.abort();
    stopping = new AbortController();
    return;
  }
  const { signal } = stopping;
  last = last.then(() => fulfil(data, signal));
});

async function fulfil(asked: Exclude<Asked, { kind: 'stop' }>, signal: AbortSignal): Promise<void> {
  try {
    if (asked.kind === 'answer') await answer(asked.picture);
    else {
      if (asked.kind === 'open') await open(asked.backbone, asked.size);
      else if (asked.kind === 'add') await add(asked.pictures, signal);
      else if (asked.kind === 'remove') remove(asked.ids);
      else await learnOn(asked.classes, asked.epochs, signal);
      say({ kind: 'done', waiting: waiting.size });
    }
  } catch (error) {
    say({ kind: 'failed', wish: asked.kind, message: messageOf(error), open: backbone !== undefined });
  }
}

async function open(from: string, size: number): Promise<void> {
  engine ??= await onWasm(new URL('ort/', import.meta.url).href);
  if (files?.from !== from) {
    const load = (file: string) => fetched(new URL(file, from), (done, of) => say({ kind: 'loading', file, done, of }));
    const config = new TextDecoder().decode(await load('config.json'));
    files = { from, read: { config, weights: await load('model.safetensors') } };
  }
  await backbone?.close();
  backbone = undefined;
  samples.clear();
  waiting.clear();
  backbone = await openBackbone(engine.runtime, files.read, size);
  say({ kind: 'opened', name: backbone.name, where: engine.where });
}

async function add(pictures: readonly Picture[], signal: AbortSignal): Promise<void> {
  for (const picture of pictures) waiting.set(picture.id, picture);
  await see(signal);
}

function remove(ids: readonly number[]): void {
  for (const id of ids) {
    samples.delete(id);
    waiting.delete(id);
  }
}

/** Looks at whatever waits, each picture once. */
async function see(signal: AbortSignal): Promise<void> {
  const own = opened();
  const of = waiting.size;
  const start = performance.now();
  let done = 0;
  while (waiting.size > 0 && !signal.aborted) {
    const some = [...waiting.values()].slice(0, TOGETHER);
    const whole: (Picture & { readonly image: Image })[] = [];
    for (const picture of some) {
      waiting.delete(picture.id);
      try {
        whole.push({ ...picture, image: own.fitted(await decoded(picture.file)) });
      } catch (error) {
        say({ kind: 'broken', id: picture.id, name: picture.name, message: messageOf(error) });
      }
    }
    const rows = whole.length > 0 ? await own.see(whole.map((w) => w.image)) : [];
    whole.forEach(({ id, name, kind, image }, i) => {
      // The same name may come from two folders.
      samples.set(id, { name: `${name} (${id})`, kind, hash: pixelHash(image), features: rows[i]! });
    });
    done += some.length;
    say({ kind: 'seen', done, of, perSecond: (1000 * done) / (performance.now() - start) });
    await breath();
  }
}

async function learnOn(kinds: readonly Kind[], epochs: number, signal: AbortSignal): Promise<void> {
  await see(signal);
  if (signal.aborted) return;
  const own = opened();
  const classes = kinds.map((k) => k.name.trim());
  const at = new Map(kinds.map((k, i) => [k.id, i]));
  const numbered = [...samples.values()].flatMap((s) => (at.has(s.kind) ? [{ ...s, kind: at.get(s.kind)! }] : []));
  const start = performance.now();
  const { runtime } = engine!;
  const onStep: Parameters<typeof learn>[0]['onStep'] = ({ step, steps: of, loss, imagesPerSecond, eta }) =>
    say({ kind: 'step', step, of, loss, perSecond: imagesPerSecond, left: eta });
  const learnt = await learn({ runtime, backbone: own, samples: numbered, classes, epochs, signal, onStep });
  const { stopped, trained, evaluation } = learnt;
  const seconds = (performance.now() - start) / 1000;
  const onnx = new Uint8Array(shippedModel(own, classes, learnt.weights));
  await head?.program.close();
  head = undefined;
  // What answers here is what can be taken away.
  head = { program: await runtime.load(onnx), classes };
  const heldBack = evaluation && heldBackOf(evaluation);
  say({ kind: 'learnt', stopped, trained, seconds, heldBack, onnx }, [onnx.buffer]);
}

function heldBackOf(evaluation: Evaluation): HeldBack {
  const { accuracy, images: of, worst } = evaluation;
  const { low, high } = accuracyInterval(evaluation);
  const wrong = worst.map(({ file, truth, predicted }) => ({ file: file.replace(/ \(\d+\)$/, ''), truth, predicted }));
  return { right: Math.round(accuracy * of), of, low, high, wrong };
}

async function answer(picture: Blob | ImageBitmap): Promise<void> {
  if (!head) throw new YosegiError('nothing was learnt yet');
  const image = opened().fitted(await decoded(picture));
  const start = performance.now();
  const outputs = await head.program.run({ image: bytesOf([image]) });
  const { ranked } = classify.answerOf(outputs, { classes: head.classes, placements: [], options: {} });
  say({ kind: 'answered', ranked, ms: performance.now() - start });
}

function opened(): Backbone {
  if (!backbone) throw new YosegiError('the backbone is not here yet');
  return backbone;
}

/** A picture's pixels, as they are in the file: turned upright, but with no colour profile applied. */
async function decoded(picture: Blob | ImageBitmap): Promise<Image> {
  const bitmap = picture instanceof Blob ? await bitmapOf(picture) : picture;
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!context) throw new YosegiError('this browser draws nothing in workers (OffscreenCanvas): take a newer one');
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return fromRgba(context.getImageData(0, 0, width, height).data, width, height);
}

async function bitmapOf(file: Blob): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(file, { colorSpaceConversion: 'none', premultiplyAlpha: 'none' });
  } catch {
    throw new YosegiError(
      file.size === 0
        ? 'the file is empty'
        : 'this browser cannot read it as a picture: it is broken, or of another kind',
    );
  }
}
