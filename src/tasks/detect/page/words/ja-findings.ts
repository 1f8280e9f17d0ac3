import type { FindingWords } from '../../../../page/advice.ts';
import type { Format } from '../../../../page/format.ts';
import type { PlaceFindings } from '../../../places/page/findings.ts';
import type { DetectFindings } from '../findings.ts';

const MOST_NAMES = 6;

export const detectFindingsJa = (f: Format): FindingWords<Omit<DetectFindings, keyof PlaceFindings>> => {
  const listed = (parts: readonly string[]) =>
    parts.slice(0, MOST_NAMES).join('、') +
    (parts.length > MOST_NAMES ? `、ほか${f.count(parts.length - MOST_NAMES)}クラス` : '');
  const counted = (classes: readonly { name: string; count: number }[], unit: string) =>
    listed(classes.map(({ name, count }) => `「${name}」${f.count(count)}${unit}`));
  return {
    nothingFound: ({ things }) => ({
      title: '何も見つけられていません',
      text: `印の付いた${f.count(things)}個のうち、どのしきい値でも1つも見つけられませんでした。`,
      action: '学習回数を増やしてください。あわせて、印の枠が対象物の位置にあるかを「yosegi data」で確認してください。',
    }),
    undertrained: ({ val, epochs }) => ({
      title: '学習がまだ足りていません',
      text: `${f.count(epochs)}エポック学習した時点で、検証用の画像でのAP50は${f.percent(val, 0)}です。このページの数字は、仕上がっていないモデルのものです。`,
      action:
        'まず学習回数を増やし、学習済みの重みから始めてください。それでも改善しない場合は、入力画像を大きくするか大きいモデルを使い、枠の位置が正しいかも確認してください。',
    }),
    neverFound: ({ classes }) => ({
      title:
        classes.length === 1
          ? `「${classes[0]!.name}」を1つも見つけられません`
          : `1つも見つけられないクラスが${f.count(classes.length)}個あります`,
      text: `評価用の画像にある個数：${listed(classes.map((c) => `「${c.name}」${f.count(c.support)}個`))}`,
      action: '各クラス50個以上が写った学習画像を加えてください。あわせて、今あるラベルが正しいかも確認してください。',
    }),
    missed: ({ classes }) => ({
      title:
        classes.length === 1
          ? `「${classes[0]!.name}」の見逃しが多い`
          : `${f.count(classes.length)}クラスで見逃しが多い`,
      text: `見つけた個数${classes.length > 1 ? '（少ない順）' : ''}：${listed(classes.map((c) => `「${c.name}」${f.count(c.support)}個中${f.count(c.found)}個`))}`,
      action: '「誤りの多い画像」で見逃したものを確認し、似たものの学習画像を加えてください。',
    }),
    noThreshold: ({ missed, falseAlarms }) => ({
      title: '単独で使えるしきい値がありません',
      text:
        falseAlarms === null
          ? `見逃しを${f.percent(missed, 0)}以下にできるしきい値がありません。枠がまったく出ないものが多すぎます。`
          : `見逃しを${f.percent(missed, 0)}以下にするには、画像1枚あたり${f.decimal(falseAlarms, 1)}件の誤検出を受け入れる必要があります。`,
      action: '当面は、必ず人の検査と併用してください。学習画像を、特に見逃したものを中心に増やすのが最も効果的です。',
    }),
    falseAlarms: ({ perPicture, classes }) => ({
      title: '誤検出が多い',
      text: `つり合いが最も良いしきい値でも、画像1枚あたり${f.decimal(perPicture, 2)}件の誤検出があります。${classes.length > 0 ? `何もない場所で検出したクラス：${counted(classes, '件')}` : ''}`,
      action:
        'まず実物を確認してください。印の付け忘れで、本当は正しい検出であることもよくあります。そうでなければ、モデルが惑わされるものが写った画像を、印を付けずに学習用に加えてください。',
    }),
    confused: ({ a, b, count }) => ({
      title: `「${a}」と「${b}」を取り違えやすい`,
      text: `この2クラスの${f.count(count)}個が、位置は正しいのに互いのクラス名で検出されました。`,
      action:
        '人によっても判断が割れるなら、先に判定基準を決めるか、1つのクラスにまとめてください。そうでなければ、境界付近の画像を追加してください。',
    }),
    valBetter: ({ val, test }) => ({
      title: '検証用より評価用の画像で成績が悪い',
      text: `AP50は検証用で${f.percent(val, 0)}、評価用で${f.percent(test, 0)}です。評価用の画像の性質が違うか、検証用が少なく偶然に左右されています。`,
      action:
        '低いほうの数字を信じてください。カメラ、照明、品種、撮影日など、評価用の画像の何が違うかを調べてください。',
    }),
    smallTest: ({ things, low, high }) => ({
      title: '評価した個数が少なく、数字が確かではありません',
      text: `${f.count(things)}個での評価では、見つけられる割合の真の値は${f.percent(low, 0)}〜${f.percent(high, 0)}のどこにあってもおかしくありません。`,
      action: '評価用の画像を増やしてください。個数を4倍にすると、この幅は半分になります。',
    }),
    fewTest: ({ classes }) => ({
      title: '評価した個数が少ないクラスがあります',
      text: `${counted(classes, '個')}。1個の違いだけで、そのクラスの成績が${f.percent(1 / Math.max(...classes.map(({ count }) => count)), 0)}以上動きます。`,
      action: 'これらのクラスの成績は目安としてご覧になり、評価用の画像を増やしてください。',
    }),
    looseBoxes: ({ ap50, ap75 }) => ({
      title: '枠の位置が甘い',
      text: `正解とする重なりを50%から75%に上げると、平均適合率は${f.percent(ap50, 0)}から${f.percent(ap75, 0)}に下がります。位置や大きさを使う場合だけ問題になり、数を数えるだけなら支障はありません。`,
      action:
        '人による枠の付け方がそろっていて、対象物にぴったり合っているかを確認してください。学習回数を増やす、入力画像を大きくすることも効果があります。',
    }),
    setThreshold: ({ score, usual }) => ({
      title: 'しきい値を指定してください',
      text: `指定しないと、スコア${f.decimal(usual, 1)}以上の枠が表示されます。このモデルで見逃しと誤検出のつり合いが最も良いのは${f.decimal(score, 2)}です。`,
      action: '予測のたびにしきい値を指定してください。数字とコマンドは「しきい値をいくつにするか」にあります。',
    }),
  };
};
