import { check, nearest, YosegiError } from '../base/errors.ts';
import { starPattern } from '../base/text/star-pattern.ts';
import type { Value } from '../graph/value.ts';
import { attentionRows, type RowPart, type Rows, rowParts } from './attention-rows.ts';
import type { Layer } from './layers.ts';

/** A layer, and which of its rows alone are meant; without them all are. */
export interface Meant {
  readonly layer: Layer;
  readonly rows?: Rows;
}

interface Pattern {
  readonly text: string;
  readonly of: RegExp;
  readonly part: RowPart | undefined;
}

const partNames: Readonly<Record<RowPart, string>> = { q: 'queries', k: 'keys', v: 'values' };

/**
 * The layers that patterns name: `*` is any text, and `:q`, `:k` or `:v` behind a name means only the rows that attention takes for queries, keys or
 * values. A layer all of whose rows are of one kind is meant whole. Without patterns all layers are.
 * @throws YosegiError where a pattern means nothing in the model called `model`
 */
export function namedLayers(
  roots: readonly Value[],
  all: readonly Layer[],
  patterns: readonly string[] | undefined,
  model: string,
): Meant[] {
  if (!patterns) return all.map((layer) => ({ layer }));
  const parsed = patterns.map(patternOf);
  const rowsOf = parsed.some(({ part }) => part) ? attentionRows(roots, all) : new Map<Layer, Rows>();
  for (const pattern of parsed) checkMeaning(pattern, all, rowsOf, model);
  return all.flatMap((layer) => {
    const named = parsed.filter(({ of }) => of.test(layer.name));
    if (named.some(({ part }) => !part)) return [{ layer }];
    const own = rowsOf.get(layer) ?? {};
    const parts = rowParts.filter((part) => own[part] && named.some((p) => p.part === part));
    if (parts.length === 0) return [];
    if (parts.some((part) => own[part]!.length === layer.outputs)) return [{ layer }];
    return layer.groups > 1 ? [] : [{ layer, rows: Object.fromEntries(parts.map((part) => [part, own[part]!])) }];
  });
}

function patternOf(text: string): Pattern {
  const [, name, part] = /^(.+):([qkv])$/.exec(text) ?? [];
  return { text, of: starPattern(name ?? text), part: part as RowPart | undefined };
}

function checkMeaning(
  { text, of, part }: Pattern,
  all: readonly Layer[],
  rowsOf: ReadonlyMap<Layer, Rows>,
  model: string,
): void {
  const named = all.filter(({ name }) => of.test(name));
  if (named.length === 0) {
    const near = nearest(
      text,
      all.map(({ name }) => name),
    );
    throw new YosegiError(
      `no layer of ${model} is called '${text}'${near === undefined ? '' : `; did you mean '${near}'?`}`,
    );
  }
  if (!part) return;
  const others = [...rowsOf].flatMap(([l, rows]) => (rows[part] ? [l.name] : []));
  check(
    named.some((layer) => rowsOf.get(layer)?.[part]),
    () =>
      `no layer of ${model} that '${text}' names gives attention its ${partNames[part]}; ` +
      (others.length > 0 ? `these do: ${others.slice(0, 3).join(', ')}` : 'its graph shows none that does'),
  );
}
