/** The page: a form, a canvas, and a worker that does the work (worker.ts). `?bundle=URL` names another bundle, `?gpu=no` keeps off the GPU. */
import { element } from '../browser/tab/element.ts';
import type { Asked, Making, Said } from './messages.ts';

const form = element<HTMLFormElement>('form');
const kinds = element<HTMLSelectElement>('class');
const text = element<HTMLInputElement>('text');
const steps = element<HTMLInputElement>('steps');
const guidance = element<HTMLInputElement>('guidance');
const seed = element<HTMLInputElement>('seed');
const start = element<HTMLButtonElement>('make');
const stop = element<HTMLButtonElement>('stop');
const canvas = element<HTMLCanvasElement>('picture');
const progress = element<HTMLProgressElement>('progress');
const status = element<HTMLParagraphElement>('status');
const problem = element<HTMLParagraphElement>('problem');

const query = new URLSearchParams(location.search);
const folder = new URL(query.get('bundle') ?? 'bundle/', location.href).href.replace(/\/?$/, '/');

let worker: Worker;
let making: Making = {};
let began = 0;

function state(now: 'loading' | 'ready' | 'making' | 'failed'): void {
  document.body.dataset.state = now;
  start.disabled = now !== 'ready';
  stop.disabled = now !== 'making';
  progress.hidden = now !== 'loading' && now !== 'making';
}

function open(): void {
  state('loading');
  status.textContent = 'Loading the bundle …';
  worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
  worker.addEventListener('message', ({ data }: MessageEvent<Said>) => hear(data));
  worker.addEventListener('error', (event) => fail(event.message || 'the worker does not start'));
  ask({ kind: 'open', bundle: folder, gpu: query.get('gpu') !== 'no' });
}

const ask = (asked: Asked) => worker.postMessage(asked);

function fail(message: string, open = false): void {
  state(open ? 'ready' : 'failed');
  status.textContent = '';
  problem.textContent = message;
}

function hear(said: Said): void {
  if (said.kind === 'failed') fail(said.message, said.open);
  else if (said.kind === 'loading') {
    progress.max = said.of || 1;
    progress.value = said.of ? said.done : 0;
    status.textContent = `Loading ${said.file}, ${(said.done / 1e6).toFixed(1)} MB …`;
  } else if (said.kind === 'opened') {
    offer(said);
    status.textContent = `${said.name}, on ${said.where}`;
    state('ready');
  } else {
    draw(said);
    if (said.kind === 'look') {
      progress.max = said.of;
      progress.value = said.step + 1;
      status.textContent = `Step ${said.step + 1} of ${said.of}`;
    } else {
      status.textContent = `Seed ${seed.value}, ${Math.round(performance.now() - began)} ms`;
      state('ready');
    }
  }
}

/** Fills the form with what the bundle has; what somebody chose before stays. */
function offer({ classes, examples, making: usual }: Said & { kind: 'opened' }): void {
  making = usual;
  if (document.body.dataset.told) return;
  document.body.dataset.told = examples ? 'text' : 'class';
  const [told, other] = examples ? [text, kinds] : [kinds, text];
  told.disabled = false;
  other.parentElement?.remove();
  if (examples) {
    text.value = examples[0] ?? '';
    element('examples').replaceChildren(...examples.map((caption) => new Option(caption, caption)));
  }
  kinds.replaceChildren(...classes.map((name, i) => new Option(name, String(i))));
  steps.value = String(usual.steps);
  guidance.value = String(usual.guidance);
}

function draw({ width, height, rgb }: { width: number; height: number; rgb: Uint8Array }): void {
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d')!;
  const pixels = context.createImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    pixels.data.set(rgb.subarray(3 * i, 3 * i + 3), 4 * i);
    pixels.data[4 * i + 3] = 255;
  }
  context.putImageData(pixels, 0, 0);
  canvas.dataset.drawn = String(Number(canvas.dataset.drawn ?? 0) + 1);
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  state('making');
  problem.textContent = '';
  canvas.dataset.drawn = '0';
  began = performance.now();
  const chosen = { ...making, steps: steps.valueAsNumber, guidance: guidance.valueAsNumber };
  const wish = document.body.dataset.told === 'text' ? { text: text.value } : { label: Number(kinds.value) };
  ask({ kind: 'make', wish, seed: seed.valueAsNumber, making: chosen });
});
// A look of the network cannot be broken off: another worker takes over.
stop.addEventListener('click', () => {
  worker.terminate();
  open();
});

open();
