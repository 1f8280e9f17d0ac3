import { check, oneOf } from '../base/errors.ts';
import type { Maker } from '../run/maker.ts';
import type { PictureWish } from '../tasks/making.ts';

/** Something that pictures should show, and how it is called. */
export interface NamedWish {
  readonly name: string;
  readonly wish: PictureWish;
}

/**
 * What pictures should show, from what `generate` was told: texts for a network that is told captions, else classes, all of them where none is
 * named.
 * @throws YosegiError where it is asked in words for classes, or the other way round
 */
export function wishesFor(
  { captions, classes }: Pick<Maker, 'captions' | 'classes'>,
  texts: readonly string[],
  names: readonly string[] | undefined,
  note: (message: string) => void,
): readonly NamedWish[] {
  if (captions) {
    check(
      names === undefined,
      'this network is told captions and knows no classes: leave out --class, say it in words',
    );
    check(
      texts.length > 0,
      'what should they show? This network is told captions: yosegi generate RUN "a red heart" --out DIR (or several, one after the other)',
    );
    for (const text of texts.filter((one) => captions.cuts(one)))
      note(
        `“${text.slice(0, 60)}…” is longer than the ${captions.shape.length} tokens that are read: the rest is cut off`,
      );
    return texts.map((text) => ({ name: text, wish: { text } }));
  }
  check(
    texts.length === 0,
    () =>
      `this network knows classes, no captions: leave out “${texts[0]}”, name one with --class (${classes.join(', ')})`,
  );
  return (names ?? classes).map((name) => ({
    name,
    wish: { label: classes.indexOf(oneOf('class', name, classes)) },
  }));
}

/** Longest part of a file's name that a wish may be: some file systems end at 255 bytes. */
const LONGEST = 60;

/** A wish as part of a file's name, other than those before it. */
export function fileNames(wishes: readonly NamedWish[]): string[] {
  const names: string[] = [];
  for (const [i, { name }] of wishes.entries()) {
    const plain = [...name.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[-.]+|[-.]+$/g, '')]
      .slice(0, LONGEST)
      .join('');
    const own = plain || `picture-${i}`;
    names.push(names.some((other) => other.toLowerCase() === own.toLowerCase()) ? `${own}-${i}` : own);
  }
  return names;
}
