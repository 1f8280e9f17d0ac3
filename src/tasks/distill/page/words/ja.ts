import type { Format } from '../../../../page/format.ts';
import { sharedJa } from '../../../../page/words/ja.ts';
import type { DistillWords } from './en.ts';

/** 別のネットワークから学んだネットワークのページの文。 */
export const distillJa = (f: Format): DistillWords => {
  const { images } = sharedJa(f);
  return {
    kind: '出発点になるネットワークの報告書',
    lead: (train) =>
      `このネットワークはラベルのない${images(train)}から、教師である別のネットワークが見ているものを見ることを学びました。`,
    hero: (explained) => `教師の特徴の変動の${explained}を説明します。`,
    measured: (n, explained) =>
      `学習に使っていない${images(n)}で測定しました。教師の特徴の変動の${explained}を説明します。`,
    cardTitle: '説明できた教師の特徴',
    cardNote: '100%なら同じ特徴です。課題での価値についてはほとんど何も言えません',
    nothing: '特に目立つ問題はありません。価値は、ここから課題を学習させると分かります。',
    next: 'ここから課題を学習させ（このフォルダーを`yosegi train DIR --weights`に渡す）、使わない場合と比べてください。',
    curve: '教師の特徴のうち説明できた割合',
    summary: (epochs, best, value) =>
      `${f.count(epochs)}エポック学習しました。検証画像で${value}を説明するエポック${best}の状態を残しました。`,
    parts: {
      title: '教師と同じことを言う部分',
      intro: 'pooledは分類器が読むもの、map16とmap32は一つのマスが16画素、32画素にあたる特徴マップです。',
      part: '部分',
      explained: '説明できた割合',
      agreement: '両者が同じクラスとした画像',
    },
  };
};
