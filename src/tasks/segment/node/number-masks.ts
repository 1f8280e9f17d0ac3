import { check } from '../../../base/errors.ts';
import type { Colour } from '../../../data/draw.ts';
import { ignoreIndex } from '../../../data/geometry/mask.ts';
import { colourCode } from './mask-file.ts';
import { isBackground, type MaskNames } from './mask-names.ts';

/** What the masks of a data set hold, all together. */
export interface MaskValues {
  readonly codes: ReadonlySet<number>;
  /** Colours of indices, where all masks that have some have the same. */
  readonly palette?: readonly Colour[];
}

/** The classes of masks, and the class that a value has; undefined for a value that none has. */
export interface MaskClasses {
  readonly classes: readonly string[];
  readonly labelOf: (code: number) => number | undefined;
  readonly remarks: readonly string[];
}

/** Pascal VOC's colour for the borders of things, which do not count. */
const border = colourCode([224, 224, 192]);
/** Masks of more different values than they have classes have numbers that leave room. */
const sparse = (different: number, highest: number) => highest > 2 * different + 8;

/**
 * Which class each value of the masks is, by this order: what a file says of colours or values; black and one other value are
 * background and thing, whatever the value; numbers of classes, 255 being not labelled; values that lie far apart are numbered in order.
 * @throws YosegiError when the values do not fit the names
 */
export function numberMasks({ codes, palette }: MaskValues, said: MaskNames | undefined, where: string): MaskClasses {
  if (said?.byCode) return byNames(said.names, said.byCode, palette);
  const named = said?.names;
  const all = [...codes].sort((a, b) => a - b);
  const others = all.filter((code) => code !== 0 && code !== black);
  // Of many named classes the masks may show only one.
  const one = others.length <= 1 && !(named && named.length > 2 && (others[0] ?? 0) < named.length);
  if (one) return { classes: twoNames(named, where), labelOf: (code) => (code === others[0] ? 1 : 0), remarks: [] };
  if (all.some((code) => code > 255)) return byOrder(others, named, where, 'colours');
  const numbers = all.filter((code) => code !== ignoreIndex);
  const highest = numbers.at(-1)!;
  const fits = named && (highest < named.length || (highest === named.length && !isBackground(named[0] ?? '')));
  if (!fits && sparse(numbers.length, highest)) return byOrder(others, named, where, 'values');
  check(
    !named || fits,
    () => `the masks of ${where} have values up to ${highest}, and ${named!.length} classes are named: name them all`,
  );
  const classes = named
    ? highest < named.length
      ? named
      : ['background', ...named]
    : ['background', ...Array.from({ length: highest }, (_, i) => `class ${i + 1}`)];
  const remarks = codes.has(ignoreIndex) ? ['mask value 255: not labelled, its pixels do not count'] : [];
  return { classes, labelOf: (code) => (code === ignoreIndex || code < classes.length ? code : undefined), remarks };
}

const black = colourCode([0, 0, 0]);

/** Two classes for masks of two values. */
function twoNames(named: readonly string[] | undefined, where: string): readonly string[] {
  if (!named || named.length === 0) return ['background', 'foreground'];
  if (named.length === 1) return ['background', named[0]!];
  check(
    named.length === 2,
    () => `the masks of ${where} have two values, and ${named.length} classes are named: ${named.join(', ')}`,
  );
  return isBackground(named[1]!) ? [named[1]!, named[0]!] : named;
}

/** Values in order as 1, 2, …; 0 and black are background. */
function byOrder(
  others: readonly number[],
  named: readonly string[] | undefined,
  where: string,
  what: string,
): MaskClasses {
  const things = named && isBackground(named[0] ?? '') ? named.slice(1) : named;
  check(
    others.length < ignoreIndex,
    () => `the masks of ${where} have ${others.length} ${what}, more than 254 classes`,
  );
  check(
    !things || things.length === others.length,
    () =>
      `the masks of ${where} have ${others.length} ${what} beside the background, and ${things!.length} classes are named: ` +
      "give a labelmap.txt with a line 'name:red,green,blue' for each",
  );
  const written = (code: number) =>
    code > 255 ? `#${(code - 0x1000000).toString(16).padStart(6, '0')}` : String(code);
  const first = named && isBackground(named[0] ?? '') ? named[0]! : 'background';
  const classes = [first, ...(things ?? others.map((code) => `class ${written(code)}`))];
  const labels = new Map(others.map((code, i) => [code, i + 1]));
  const list = others.slice(0, 6).map(written).join(', ');
  return {
    classes,
    labelOf: (code) => labels.get(code) ?? 0,
    remarks: [`mask ${what} ${list}${others.length > 6 ? ', …' : ''} are classes 1 to ${others.length}, in this order`],
  };
}

/** Classes as a file names them, the background first; indices of a palette by their colours. */
function byNames(
  names: readonly string[],
  byCode: ReadonlyMap<number, string>,
  palette: readonly Colour[] | undefined,
): MaskClasses {
  const nothing = byCode.get(black) ?? byCode.get(0) ?? names.find(isBackground);
  const ground = nothing !== undefined && (isBackground(nothing) || byCode.has(0)) ? nothing : undefined;
  const classes = [ground ?? 'background', ...names.filter((name) => name !== ground)];
  const colours = [...byCode.keys()].some((code) => code > 255);
  const labelOf = (code: number): number | undefined => {
    const indexed = code <= 255 && colours;
    const own = indexed && palette?.[code] ? colourCode(palette[code]) : code;
    const name = byCode.get(own);
    if (name !== undefined) return classes.indexOf(name);
    if (own === border || code === ignoreIndex) return ignoreIndex;
    if (own === 0 || own === black) return 0;
    // Colours are named, and the masks are plain numbers: in the order of the names.
    return indexed && !palette && code < names.length ? classes.indexOf(names[code]!) : undefined;
  };
  return { classes, labelOf, remarks: [] };
}
