import type { Format } from '../format.ts';
import type { SharedWords } from './words.ts';

/** What any part of a page may need, in Japanese. */
export const sharedJa = (f: Format): SharedWords => ({
  quoted: (name) => `「${name}」`,
  comma: '、',
  more: (n) => `ほか${f.count(n)}件`,
  images: (n) => `${f.count(n)}枚`,
  range: (low, high) => `${low}〜${high}`,
  space: '',
  picture: '画像なし',
  pictures: (run) =>
    `元の画像が見つかりませんでした。\`yosegi report ${run} --data フォルダ\` で作り直すと表示されます。`,
});
