import type { Format } from '../../page/format.ts';
import type { KindName } from '../../robustness/conditions.ts';

const percent = (f: Format, share: number) => f.percent(share, share < 0.01 ? 1 : 0);

/** What the report says in English about what a camera does to pictures. */
export const robustnessEn = (f: Format) => ({
  title: 'When light, focus or place change',
  intro: (images: number) =>
    `The same ${f.count(images)} pictures, changed as a camera in a plant may change them, at the size that the network sees. Where a row falls far, keep that thing steady on site, or train on pictures that show it.`,
  condition: 'What is changed',
  strength: 'How much',
  change: 'Change',
  asTheyAre: 'As they are',
  withExits: 'With early exits',
  monitor: 'Monitor says',
  states: { 'too few images': 'too few images', 'as calibrated': 'as usual', drifted: 'drifted' },
  points: (difference: number) =>
    `${difference > 0 ? '+' : difference < 0 ? '−' : '±'}${f.decimal(100 * Math.abs(difference), 1)} points`,
  kinds: {
    exposure: 'Light',
    blur: 'Out of focus',
    noise: 'Noise of the sensor',
    jpeg: 'JPEG',
    rotation: 'Turned',
    shift: 'Shifted',
  } satisfies Record<KindName, string>,
  strengths: {
    exposure: (stops: number) => `${f.decimal(2 ** stops, 2)} times the light`,
    blur: (share: number) => `by ${percent(f, share)} of the side`,
    noise: (deviation: number) => `${f.count(deviation)} of 255 grey values`,
    jpeg: (quality: number) => `quality ${f.count(quality)}`,
    rotation: (degrees: number) => `by ${f.count(degrees)}° to either side`,
    shift: (share: number) => `by ${percent(f, share)} of the side`,
  } satisfies Record<KindName, (strength: number) => string>,
});
