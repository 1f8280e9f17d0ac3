import { YosegiError } from '../../base/errors.ts';
import type { Preprocessing } from '../../data/preprocess.ts';
import type { LoadedRun } from '../../run/node/run-folder.ts';

/** How a run is trained with the same input as another, by what differs. */
const advice: Readonly<Record<keyof Preprocessing, (p: Preprocessing) => string>> = {
  size: ({ size: [h, w] }) => `--size ${h === w ? h : `${h}x${w}`}`,
  cropMode: ({ cropMode }) => `--crop-mode ${cropMode}`,
  cropPct: () => 'the same --weights and --crop-mode',
  interpolation: () => 'the same --weights',
  mean: () => 'the same --weights, or the same --norm',
  std: () => 'the same --weights, or the same --norm',
  fill: () => 'the same model',
  background: () => 'the same weights',
  tiles: ({ tiles }) => (tiles ? `--tiles ${tiles.scale}` : 'no --tiles'),
};

interface Named {
  readonly name: string;
  readonly loaded: LoadedRun;
}

/**
 * That all runs take one picture in one form.
 * @throws YosegiError that names what differs, and how to train so that it does not
 */
export function checkSameInput([first, ...others]: readonly Named[]): void {
  const wanted = first!.loaded.run;
  for (const { name, loaded } of others) {
    const { preprocessing: p, channels } = loaded.run;
    if (channels !== wanted.channels)
      throw new YosegiError(
        `${first!.name} takes ${wanted.channels} channels, ${name} ${channels}: one graph takes one picture`,
      );
    const fields = Object.keys(advice) as (keyof Preprocessing)[];
    const differ = fields.filter((f) => JSON.stringify(p[f]) !== JSON.stringify(wanted.preprocessing[f]));
    if (differ.length === 0) continue;
    const list = differ.map((f) => `${f} ${text(wanted.preprocessing[f])} and ${text(p[f])}`).join('; ');
    const how = [...new Set(differ.map((f) => advice[f](wanted.preprocessing)))].join(', ');
    throw new YosegiError(
      `${first!.name} and ${name} take pictures in different forms (${list}), so they cannot run as one graph. ` +
        `Train ${name} again with ${how}`,
    );
  }
}

const text = (value: unknown) => (value === undefined ? 'none' : JSON.stringify(value));
