import type { Format } from '../../../../page/format.ts';
import { sharedJa } from '../../../../page/words/ja.ts';
import type { GenerateWords } from './en.ts';

/** 画像を作るモデルのページの文。 */
export const generateJa = (f: Format): GenerateWords => {
  const { images } = sharedJa(f);
  return {
    kind: '画像を作るモデルの報告書',
    lead: (classes, train) =>
      classes === 0
        ? `このモデルは${images(train)}とその説明文から、文章のとおりの新しい画像を作ることを学びました。`
        : `このモデルは${images(train)}から、${f.count(classes)}種類の新しい画像を作ることを学びました。`,
    hero: (copies) =>
      copies === undefined
        ? '画像のノイズをどれだけ取り除けるかで評価しました。作った画像はまだ調べていません。'
        : `作った画像の${copies}は、学習に使った画像のどれかとほぼ同じです。`,
    measured: (n, loss) =>
      `学習に使っていない${images(n)}で測定しました。ノイズの乗った画像に対する予測の平均二乗誤差は${loss}です。`,
    cardTitle: 'ノイズ画像での誤差',
    cardNote: '小さいほど良い値です。画像の見た目についてはほとんど何も言えません',
    nothing: '特に目立つ問題はありません。それでも画像は必ず目で見てください。数値は代わりになりません。',
    next: '作られた画像を、本物をよく知る人と一緒に見てください（`yosegi generate`）。',
    curve: 'ノイズ画像での誤差（小さいほど良い）',
    summary: (epochs, best, value) =>
      `${f.count(epochs)}エポック学習しました。検証画像での誤差が最も小さかったのはエポック${best}の${value}で、その状態を残しました。`,
    times: {
      title: 'ノイズの量ごとの誤差',
      intro: '画像に乗ったノイズが少ないとき、多いときに、予測がどれだけ外れるかを示します。',
      time: 'ノイズ',
      loss: '誤差',
    },
    told: (share, pictures, among) =>
      `その画像自身のものを含む${among}個の説明文を与えたとき、自身の説明文で誤差が最も小さくなったのは、${images(pictures)}のうち${share}でした（偶然なら${among}分の1です）。`,
    deaf: (share, chance) => ({
      title: '説明文をほとんど区別していません',
      text: `画像自身の説明文で誤差が最も小さくなったのは${share}です。偶然なら${chance}になります。`,
      action: 'より長く、より多くの画像で、または少ない語を繰り返し使う説明文で学習してください。',
    }),
    made: {
      title: '作った画像と本物の比較',
      none: 'この報告書のための画像は作られていません。`yosegi eval`が画像を作って評価します。',
      intro: (n, features) =>
        `${f.count(n)}枚の画像を作り、${features}で本物と比べました。距離は二つの集まりが全体としてどれだけ違うかを示します。本物どうしの距離も並べてあります。`,
      beside: (n, ofValidation) =>
        `比べた本物は、学習に使っていない${images(n)}です${ofValidation > 0 ? `（テスト画像が少ないため、うち${f.count(ofValidation)}枚は検証画像）` : ''}。`,
      fid: '作った画像と本物のFID（指定されたInceptionネットワークでのフレシェ距離）',
      frechet: '作った画像と本物のフレシェ距離',
      real: '本物の二つの集まりの間の同じ距離',
      precision: '本物の中に収まる作った画像（適合率）',
      recall: '作った画像の中に収まる本物（再現率）',
      coverage: '近くに作った画像がある本物（被覆率）',
      copies: '学習に使った画像とほぼ同じ、作った画像',
      copiesReal: '学習に使っていない本物についての同じ割合',
    },
    copying: (made, real) => ({
      title: '学習に使った画像を繰り返しています',
      text: `作った画像の${made}が、学習に使った画像のどれかとほぼ同じです。学習に使っていない本物では${real}です。`,
      action: 'エポック数を減らすか、小さいネットワークにするか、画像を増やして学習し直してください。',
    }),
  };
};
