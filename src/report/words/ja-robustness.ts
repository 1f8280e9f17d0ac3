import type { Format } from '../../page/format.ts';
import type { robustnessEn } from './en-robustness.ts';

const percent = (f: Format, share: number) => f.percent(share, share < 0.01 ? 1 : 0);

/** The same in Japanese. */
export const robustnessJa = (f: Format): ReturnType<typeof robustnessEn> => ({
  title: '照明・ピント・位置が変わったとき',
  intro: (images) =>
    `同じ${f.count(images)}枚の画像を、現場のカメラで起こりうる変化をモデルの入力サイズで加えて判定し直しました。大きく下がる行があれば、現場でその条件を安定させるか、その条件の画像を学習に加えてください。`,
  condition: '変えたもの',
  strength: '程度',
  change: '差',
  asTheyAre: '元の画像',
  withExits: '早期終了あり',
  monitor: '監視の判定',
  states: { 'too few images': '枚数不足', 'as calibrated': '通常どおり', drifted: '変化あり' },
  points: (difference) =>
    `${difference > 0 ? '+' : difference < 0 ? '−' : '±'}${f.decimal(100 * Math.abs(difference), 1)}ポイント`,
  kinds: {
    exposure: '明るさ',
    blur: 'ピントのぼけ',
    noise: 'センサーのノイズ',
    jpeg: 'JPEG圧縮',
    rotation: '傾き',
    shift: '位置ずれ',
  },
  strengths: {
    exposure: (stops) => `光量${f.decimal(2 ** stops, 2)}倍`,
    blur: (share) => `辺の${percent(f, share)}`,
    noise: (deviation) => `255階調のうち${f.count(deviation)}`,
    jpeg: (quality) => `品質${f.count(quality)}`,
    rotation: (degrees) => `左右に${f.count(degrees)}°`,
    shift: (share) => `辺の${percent(f, share)}`,
  },
});
