/**
 * The page: classes with pictures, a form, answers, and a worker that does the work (worker.ts). `?lang=ja` speaks Japanese, `?size=128` begins with that
 * size, `?backbone=URL` loads another backbone.
 */
import { element } from '../browser/tab/element.ts';
import { Camera } from './tab/camera.ts';
import { Classes } from './tab/classes.ts';
import { byFolder } from './tab/folder.ts';
import type { Asked, Said } from './tab/messages.ts';
import { showAnswer, showLearnt } from './tab/result.ts';
import { wordsOf } from './words.ts';

const query = new URLSearchParams(location.search);
const words = wordsOf(query.get('lang') ?? navigator.language);
const backbone = new URL(query.get('backbone') ?? 'backbone/', location.href).href.replace(/\/?$/, '/');
const size = element<HTMLSelectElement>('size');
const epochs = element<HTMLInputElement>('epochs');
const start = element<HTMLButtonElement>('train');
const stop = element<HTMLButtonElement>('stop');
const progress = element<HTMLProgressElement>('progress');
const status = element('status');
const problems = element('problems');
const live = element<HTMLInputElement>('live');

document.documentElement.lang = words.lang;
for (const own of document.querySelectorAll<HTMLElement>('[data-say]')) {
  const text = words.instead[own.dataset.say ?? ''];
  if (text !== undefined) own.textContent = text;
}
document.title = document.querySelector('h1')?.textContent ?? '';

const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
worker.addEventListener('message', ({ data }: MessageEvent<Said>) => hear(data));
worker.addEventListener('error', (event) => hear({ kind: 'failed', message: event.message, open: false }));

/** Wishes that the worker has not answered yet, but those for answers. */
let asked = 0;
let open = false;

function ask(wish: Asked, moved: Transferable[] = []): void {
  if (wish.kind !== 'stop' && wish.kind !== 'answer') asked++;
  worker.postMessage(wish, moved);
  show();
}

function show(): void {
  const state = asked > 0 ? 'busy' : open ? 'ready' : 'failed';
  document.body.dataset.state = state;
  start.disabled = state !== 'ready';
  stop.disabled = state !== 'busy';
  size.disabled = state === 'busy';
  progress.hidden = state !== 'busy';
}

function problem(text: string): void {
  const line = document.createElement('li');
  line.textContent = text;
  problems.append(line);
}

function advance(done: number, of: number, text: string): void {
  progress.max = of || 1;
  progress.value = of ? done : 0;
  status.textContent = text;
}

function hear(said: Said): void {
  if (said.kind === 'loading') advance(said.done, said.of, words.loading(said.file, (said.done / 1e6).toFixed(1)));
  else if (said.kind === 'opened') status.textContent = words.opened(said.name, said.where);
  else if (said.kind === 'seen') advance(said.done, said.of, words.seen(said.done, said.of, said.perSecond.toFixed(1)));
  else if (said.kind === 'broken') problem(`${said.name} (${classes.leaveOut(said.id)}): ${said.message}`);
  else if (said.kind === 'step') {
    const { step, of, loss, perSecond, left } = said;
    advance(step, of, words.step(step, of, loss.toFixed(4), perSecond.toFixed(0), left.toFixed(0)));
  } else if (said.kind === 'learnt') {
    status.textContent = '';
    showLearnt(said, words);
  } else if (said.kind === 'answered') {
    showAnswer(said.ranked, said.ms, words);
    if (live.checked) requestAnimationFrame(askLive);
  } else if (said.kind === 'failed') {
    problem(said.message);
    live.checked = false;
    open = said.open;
    if (said.wish !== 'answer') asked = said.wish ? asked - 1 : 0;
  } else {
    asked--;
    open = true;
    if (said.waiting > 0) status.textContent = words.waiting(said.waiting);
  }
  show();
}

const camera = new Camera();
const classes = new Classes(words, {
  added: (pictures) => ask({ kind: 'add', pictures }),
  removed: (ids) => ask({ kind: 'remove', ids }),
  photograph: async () => (camera.isOn ? camera.photograph() : undefined),
});

element('add-class').addEventListener('click', () => classes.add('', camera.isOn));
element<HTMLInputElement>('folder').addEventListener('change', ({ target }) => {
  const input = target as HTMLInputElement;
  const found = byFolder(input.files ?? []);
  for (const [name, files] of [...found.classes].sort(([a], [b]) => (a < b ? -1 : 1)))
    classes.put(classes.named(name, camera.isOn), files);
  if (found.ignored > 0) problem(words.ignored(found.ignored));
  input.value = '';
});

function switched(): void {
  element('camera-on').hidden = camera.isOn;
  element('camera-off').hidden = !camera.isOn;
  classes.camera = camera.isOn;
}
element('camera-on').addEventListener('click', async () => {
  try {
    await camera.on();
  } catch (error) {
    problem(words.noCamera + (error instanceof Error ? error.message : String(error)));
  }
  switched();
});
element('camera-off').addEventListener('click', () => {
  live.checked = false;
  camera.off();
  switched();
});

element('form').addEventListener('submit', (event) => {
  event.preventDefault();
  live.checked = false;
  problems.replaceChildren();
  ask({ kind: 'learn', classes: classes.kinds, epochs: epochs.valueAsNumber });
});
stop.addEventListener('click', () => ask({ kind: 'stop' }));
size.addEventListener('change', () => {
  live.checked = false;
  element('learnt').hidden = true;
  openBackbone();
});

element<HTMLInputElement>('try').addEventListener('change', ({ target }) => {
  const [picture] = (target as HTMLInputElement).files ?? [];
  live.checked = false;
  if (picture) ask({ kind: 'answer', picture });
});
async function askLive(): Promise<void> {
  if (!live.checked || !camera.isOn) return;
  const picture = await camera.frame();
  ask({ kind: 'answer', picture }, [picture]);
}
live.addEventListener('change', () => {
  if (!camera.isOn) live.checked = false;
  void askLive();
});

/** The network for pictures of the chosen size, which looks at them all anew. */
function openBackbone(): void {
  ask({ kind: 'open', backbone, size: Number(size.value) });
  const { pictures } = classes;
  if (pictures.length > 0) ask({ kind: 'add', pictures });
}

const wished = query.get('size');
if (wished && [...size.options].some((o) => o.value === wished)) size.value = wished;
for (const _ of ['', '']) classes.add('', false);
openBackbone();
