import type { Random } from '../base/random.ts';
import type { Image } from '../data/image.ts';
import { blur, expose, grain, shift, turn } from './disturb.ts';

/** Everything that pictures are tried under. */
export const kindNames = ['exposure', 'blur', 'noise', 'jpeg', 'rotation', 'shift'] as const;
export type KindName = (typeof kindNames)[number];

/** What a condition does to a picture. */
interface Kind {
  /** How its strength is written, for people. */
  readonly text: (strength: number) => string;
  /** From weak to strong, within what a fixed camera does. */
  readonly strengths: readonly number[];
  /** It moves pixels, and with them what boxes and masks speak of. */
  readonly moves: boolean;
  /** In place; what needs a file format comes from outside. */
  readonly apply?: (picture: Image, strength: number, rng: Random) => void;
}

const percent = (share: number) => `${+(100 * share).toFixed(1)} %`;

export const kinds: Readonly<Record<KindName, Kind>> = {
  exposure: {
    text: (stops) => `${stops > 0 ? '+' : '−'}${Math.abs(stops)} stop`,
    strengths: [-1, -0.5, 0.5, 1],
    moves: false,
    apply: expose,
  },
  blur: {
    text: (share) => `${percent(share)} of the side`,
    strengths: [0.005, 0.01, 0.02],
    moves: false,
    apply: blur,
  },
  noise: {
    text: (deviation) => `${deviation} of 255`,
    strengths: [4, 8, 16],
    moves: false,
    apply: grain,
  },
  jpeg: {
    text: (quality) => `quality ${quality}`,
    strengths: [75, 50, 25],
    moves: false,
  },
  rotation: {
    text: (degrees) => `±${degrees}°`,
    strengths: [2, 5, 10],
    moves: true,
    apply: turn,
  },
  shift: {
    text: (share) => `±${percent(share)} of the side`,
    strengths: [0.02, 0.05, 0.1],
    moves: true,
    apply: shift,
  },
};

export interface Condition {
  readonly kind: KindName;
  readonly strength: number;
}

/** Every kind at every strength; only those that leave pixels where they are where answers speak of places. */
export const conditionsFor = (places: boolean): Condition[] =>
  kindNames
    .filter((name) => !(places && kinds[name].moves))
    .flatMap((kind) => kinds[kind].strengths.map((strength) => ({ kind, strength })));

/** In words: `exposure −1 stop`. */
export const conditionText = ({ kind, strength }: Condition): string => `${kind} ${kinds[kind].text(strength)}`;
