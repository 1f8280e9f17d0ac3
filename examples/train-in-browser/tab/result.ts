import { element } from '../../browser/tab/element.ts';
import type { Words } from '../words.ts';
import type { Ranked, Said } from './messages.ts';

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/** What came out of the training: figures, mistakes, and the file to save. */
export function showLearnt(said: Said & { kind: 'learnt' }, words: Words): void {
  element('learnt').hidden = false;
  element('answer').replaceChildren();
  element('trained').textContent = words.trained(said.trained, said.seconds.toFixed(1), said.stopped);
  const { heldBack: h } = said;
  element('held-back').textContent = h
    ? words.heldBack(h.right, h.of, percent(h.right / h.of), percent(h.low), percent(h.high))
    : words.nothingHeldBack;
  element('wrong').replaceChildren(
    ...(h?.wrong ?? []).map(({ file, truth, predicted }) => {
      const line = document.createElement('li');
      line.textContent = words.wrong(file, truth, predicted);
      return line;
    }),
  );
  const file = new Blob([said.onnx], { type: 'application/octet-stream' });
  element('save').onclick = () => save(file, 'trained-in-browser.onnx');
}

function save(file: Blob, name: string): void {
  const link = document.createElement('a');
  Object.assign(link, { href: URL.createObjectURL(file), download: name });
  link.click();
  // Its download has begun by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** The classes as bars, the most probable first. */
export function showAnswer(ranked: readonly Ranked[], ms: number, words: Words): void {
  const bars = ranked.map(({ label, confidence }) => {
    const line = document.createElement('label');
    const bar = document.createElement('meter');
    bar.value = confidence;
    line.append(`${label} ${percent(confidence)}`, document.createElement('br'), bar, document.createElement('br'));
    line.dataset.label = label;
    line.dataset.confidence = String(confidence);
    return line;
  });
  element('answer').replaceChildren(...bars, words.took(ms.toFixed(0)));
}
