import { readFileSync } from 'node:fs';
import { f32, type Tensor } from '../../../base/tensor.ts';

/** A tensor as reference/anomaly/record.py writes it: float32 bytes in base 64. */
export interface Recorded {
  readonly shape: number[];
  readonly data: string;
}

/** What anomalib's classes gave (reference/anomaly/record.py). */
export interface Recording {
  readonly coreset: { rows: Recorded; chosen: number[] };
  readonly patchcore: {
    levels: Recorded[];
    patches: Recorded;
    memory: Recorded;
    distances: Recorded;
    score: Recorded;
    map: Recorded;
    size: [number, number];
  };
  readonly padim: {
    good: Recorded;
    other: Recorded;
    mean: Recorded;
    inverse: Recorded;
    distances: Recorded;
    map: Recorded;
    size: [number, number];
  };
  readonly metrics: {
    pictures: { size: [number, number]; mask: string; scores: Recorded }[];
    auroc: number;
    aupro: Record<string, number>;
    image: { positive: number[]; negative: number[]; auroc: number };
  };
}

export const recording: Recording = JSON.parse(
  readFileSync(new URL('../fixtures/anomaly.json', import.meta.url), 'utf8'),
);

export const bytesIn = (text: string) => new Uint8Array(Buffer.from(text, 'base64'));

export const tensorIn = ({ shape, data }: Recorded): Tensor<'float32'> =>
  f32(shape, new Float32Array(bytesIn(data).buffer));
