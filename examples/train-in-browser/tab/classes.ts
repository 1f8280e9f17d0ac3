import { element } from '../../browser/tab/element.ts';
import type { Words } from '../words.ts';
import type { Kind, Picture } from './messages.ts';

/** Who wants to hear of pictures that come and go. */
interface Hearer {
  added(pictures: readonly Picture[]): void;
  removed(ids: readonly number[]): void;
  /** A picture of the camera; undefined where it gives none. */
  photograph(): Promise<Blob | undefined>;
}

interface Card {
  readonly id: number;
  readonly root: HTMLElement;
  readonly name: HTMLInputElement;
  readonly take: HTMLButtonElement;
  readonly count: HTMLElement;
  readonly shown: HTMLElement;
}

/** So many small pictures of a class are shown. */
const MOST_SHOWN = 40;

/** The classes as cards, each with its pictures. */
export class Classes {
  readonly #root = element('classes');
  readonly #words: Words;
  readonly #hearer: Hearer;
  readonly #cards = new Map<number, Card>();
  readonly #pictures = new Map<number, Picture>();
  #next = 0;

  constructor(words: Words, hearer: Hearer) {
    this.#words = words;
    this.#hearer = hearer;
  }

  get kinds(): Kind[] {
    return [...this.#cards.values()].map(({ id, name }) => ({ id, name: name.value.trim() }));
  }

  get pictures(): Picture[] {
    return [...this.#pictures.values()];
  }

  set camera(on: boolean) {
    for (const { take } of this.#cards.values()) take.disabled = !on;
  }

  /** The class of this name, a new one where there is none. */
  named(name: string, camera: boolean): number {
    const known = this.kinds.find((k) => k.name === name);
    return known?.id ?? this.add(name, camera);
  }

  add(title: string, camera: boolean): number {
    const words = this.#words;
    const id = this.#next++;
    const root = made('div', 'class');
    const name = made('input');
    Object.assign(name, { value: title, required: true, ariaLabel: words.className });
    const file = made('label', 'file');
    const chosen = made('input', 'pictures');
    Object.assign(chosen, { type: 'file', multiple: true, accept: 'image/*' });
    file.append(words.pictures, chosen);
    chosen.addEventListener('change', () => {
      this.put(id, [...(chosen.files ?? [])]);
      chosen.value = '';
    });
    const take = button(words.take, async () => {
      const picture = await this.#hearer.photograph();
      if (picture) this.put(id, [new File([picture], `${words.camera} ${this.#next}.png`, { type: picture.type })]);
    });
    take.className = 'take';
    take.disabled = !camera;
    const [count, shown] = [made('span', 'count'), made('div', 'shown')];
    const row = made('div', 'row');
    row.append(
      name,
      file,
      take,
      button(words.removeClass, () => this.#remove(id)),
      count,
    );
    root.append(row, shown);
    this.#root.append(root);
    this.#cards.set(id, { id, root, name, take, count, shown });
    this.#counted(id);
    return id;
  }

  /** Puts pictures into a class. */
  put(kind: number, files: readonly File[]): void {
    const card = this.#cards.get(kind)!;
    const pictures = files.map((file) => ({ id: this.#next++, name: file.name, kind, file }));
    for (const picture of pictures) {
      this.#pictures.set(picture.id, picture);
      if (card.shown.childElementCount < MOST_SHOWN) card.shown.append(thumbnail(picture));
    }
    this.#counted(kind);
    if (pictures.length > 0) this.#hearer.added(pictures);
  }

  /** Leaves a picture out that cannot be used; gives the name of its class. */
  leaveOut(id: number): string {
    const picture = this.#pictures.get(id);
    this.#pictures.delete(id);
    const card = picture && this.#cards.get(picture.kind);
    if (!card) return '';
    card.shown.querySelector(`[data-id="${id}"]`)?.remove();
    this.#counted(card.id);
    return card.name.value;
  }

  #remove(id: number): void {
    const ids = this.pictures.filter((p) => p.kind === id).map((p) => p.id);
    for (const own of ids) this.#pictures.delete(own);
    this.#cards.get(id)?.root.remove();
    this.#cards.delete(id);
    this.#hearer.removed(ids);
  }

  #counted(kind: number): void {
    const n = this.pictures.filter((p) => p.kind === kind).length;
    this.#cards.get(kind)!.count.textContent = this.#words.count(n);
  }
}

function made<K extends keyof HTMLElementTagNameMap>(tag: K, name = ''): HTMLElementTagNameMap[K] {
  const own = document.createElement(tag);
  own.className = name;
  return own;
}

function button(text: string, on: () => unknown): HTMLButtonElement {
  const own = made('button');
  Object.assign(own, { type: 'button', textContent: text });
  own.addEventListener('click', on);
  return own;
}

function thumbnail({ id, name, file }: Picture): HTMLImageElement {
  const image = made('img');
  const url = URL.createObjectURL(file);
  const done = () => URL.revokeObjectURL(url);
  image.addEventListener('load', done);
  image.addEventListener('error', done);
  Object.assign(image, { src: url, alt: name, title: name });
  image.dataset.id = String(id);
  return image;
}
