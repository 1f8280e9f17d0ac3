import type { Format } from '../../../../page/format.ts';
import { sharedJa } from '../../../../page/words/ja.ts';
import type { PlaceWords } from './words.ts';

/** What pages say in Japanese of any task that says where something is. */
export const placesJa = (f: Format): PlaceWords => {
  const { images } = sharedJa(f);
  return {
    pictures: {
      intro:
        '「何か写っているかどうか」だけ分かればよい場合は、画像の中で最も高いスコアを画像全体のスコアとします。しきい値以上の画像だけを人が確認します。',
      noEmpty:
        '評価用の画像にはすべて何かが写っているため、測定できません。測るには、何も付いていない良品の画像が必要です。',
      allEmpty: (n) => `評価用の画像${n}枚のどれにも対象が写っていないため、測定できません。`,
      auroc: '有無を見分ける力（AUROC）',
      aurocMeans: '100%なら完全、50%ならでたらめ',
      missed: '写っているのに見逃す画像',
      missedMeans: (n) => `${n}枚中。何もない画像の誤検出を1%以下に抑える場合`,
      alarms: '何もないのに検出する画像',
      alarmsMeans: (n) => `${n}枚中`,
      threshold: 'そのためのしきい値',
      from: 'スコアがこの値以上の画像を「あり」とする',
      noThreshold: '最もスコアの高い画像が何もない画像のため、設定できません',
      few: (n) =>
        `何もない画像は${n}枚だけなので、「1%以下」は「1枚も誤検出しない」という意味になります。目安としてご覧ください。`,
    },
    sizes: {
      size: '大きさ（同じ面積の正方形の一辺）',
      between: (from, to) => (from === 0 ? `${to}画素未満` : `${from}〜${to}画素`),
      above: (from) => `${from}画素以上`,
      all: '評価画像中の数',
      missed: '見逃し',
      found: '見つけた割合（95%信頼区間）',
    },
    term: [
      'AUROC',
      '何かが写った画像と何もない画像を1枚ずつ無作為に選んだとき、写っているほうに高いスコアを付ける割合です。50%ならでたらめ、100%なら完全に見分けています。',
    ],
    findings: {
      nothingThere: ({ images: n }) => ({
        title: '評価用の画像に、見つけるべきものがありません',
        text: `評価用の${images(n)}のどれにも印が付いていません。何を見つけられるかは分かりません。`,
        action: '印の付いた画像を、各クラス20個以上になるように評価用フォルダに入れて、評価をやり直してください。',
      }),
      untested: ({ names }) => ({
        title: `評価できていないクラス：${names.map((name) => `「${name}」`).join('')}`,
        text: '評価用の画像に1つも写っていないため、どの程度見つけられるか分かりません。',
        action: '各クラス20個以上が写った画像を評価用フォルダに入れて、評価をやり直してください。',
      }),
      noEmpty: ({ images: n }) => ({
        title: '何も写っていない評価画像がありません',
        text: `評価用の${images(n)}すべてに何かが写っています。現場の画像の多くには何も写りません。そうした画像で誤検出がどれだけ出るかは分かりません。`,
        action:
          '印を付けない良品の画像を、100枚以上評価用フォルダに加えてください。学習用にもいくらか加えると効果的です。',
      }),
      fewEmpty: ({ pictures: n }) => ({
        title: '何も写っていない評価画像が少ない',
        text: `${images(n)}しかありません。この枚数では、誤検出が1枚もなくても、実際には最大で${f.percent(Math.min(1, 3 / n), 0)}程度の画像で誤検出する可能性が残ります。`,
        action: '良品の画像を100枚以上、1,000枚に1枚の誤検出まで確かめるなら3,000枚、評価用フォルダに加えてください。',
      }),
      unsure: ({ missed }) => ({
        title: '何かが写った画像と何もない画像を見分けられていません',
        text: `何もない画像の誤検出を1%以下に抑えると、何かが写った画像の${f.percent(missed, 0)}を見逃します。`,
        action:
          '誤検出した良品の画像を確認してください。汚れ、縁、反射など紛らわしいものが写った良品を学習用に加えると効果的です。',
      }),
      smallMissed: ({ missed, all }) => ({
        title: '小さいものを見逃しています',
        text: `見逃したものの半数は${f.count(missed)}×${f.count(missed)}画素より小さく、全体では半数が${f.count(all)}×${f.count(all)}画素より大きくなっています。`,
        action:
          '入力画像を大きくする（yosegi trainのオプション「size」）か、画像を分割して処理し（「tiles」）、小さいものが見えるようにしてください。小さいものの学習画像も加えてください。問題にならない小ささなら、印を付けないでください。',
      }),
    },
  };
};
