import type { FindingWords } from '../../../../page/advice.ts';
import type { Format } from '../../../../page/format.ts';
import type { PlaceFindings } from '../../../places/page/findings.ts';
import type { SegmentFindings } from '../findings.ts';

const MOST_NAMES = 6;

export const segmentFindingsJa = (f: Format): FindingWords<Omit<SegmentFindings, keyof PlaceFindings>> => {
  const listed = (parts: readonly string[]) =>
    parts.slice(0, MOST_NAMES).join('、') +
    (parts.length > MOST_NAMES ? `、ほか${f.count(parts.length - MOST_NAMES)}クラス` : '');
  const shares = (classes: readonly { name: string; share: number }[]) =>
    listed(classes.map(({ name, share }) => `「${name}」${f.percent(share, 0)}`));
  const named = (classes: readonly { name: string }[], one: string, many: string) =>
    classes.length === 1 ? `「${classes[0]!.name}」${one}` : `${f.count(classes.length)}クラスで${many}`;
  return {
    nothingFound: ({ pictures }) => ({
      title: '何も見つけられていません',
      text: `評価用の${f.count(pictures)}枚で印の付いた領域を、1画素も検出できませんでした。`,
      action: '学習回数を増やしてください。あわせて、印が正しい位置にあるかを「yosegi data」で確認してください。',
    }),
    undertrained: ({ train, epochs }) => ({
      title: '学習がまだ足りていません',
      text: `${f.count(epochs)}エポック学習した時点で、検出と正解の重なりは最も良くて${f.percent(train, 0)}です。このページの数字は、仕上がっていないモデルのものです。`,
      action:
        'まず学習回数を増やし、学習済みの重みから始めてください。それでも改善しない場合は、入力画像を大きくするか大きいモデルを使い、印の位置が正しいかも確認してください。',
    }),
    neverFound: ({ classes }) => ({
      title: named(classes, 'をまったく見つけられません', '1画素も見つけられません'),
      text: `写っている評価画像の枚数：${listed(classes.map((c) => `「${c.name}」${f.count(c.pictures)}枚`))}`,
      action: '各クラス20枚以上の学習画像を加えてください。あわせて、今ある印が正しいかも確認してください。',
    }),
    missed: ({ classes }) => ({
      title: named(classes, 'の見逃しが多い', '見逃しが多い'),
      text: `実際の面積のうち見つけられた割合：${shares(classes)}`,
      action: '「誤りの大きい画像」の橙の部分を確認し、似たものの学習画像を加えてください。',
    }),
    tooMuch: ({ classes }) => ({
      title: named(classes, 'を広く検出しすぎています', '広く検出しすぎています'),
      text: `検出した面積のうち正しい割合：${shares(classes)}`,
      action:
        '「誤りの大きい画像」の赤い部分を確認してください。印の付け忘れであることもよくあります。そうでなければ、モデルが惑わされるものが写った画像を加えてください。',
    }),
    poorEdges: ({ classes }) => ({
      title: '場所は合っていますが、輪郭が粗い',
      text: `輪郭線が数画素以内で一致した割合：${shares(classes)}。長さや面積を測る場合だけ問題になります。`,
      action:
        '入力画像を大きくする（yosegi trainのオプション「size」）か、画像を分割して（「tiles」）学習してください。あわせて、人による輪郭の付け方をそろえてください。',
    }),
    falseRegions: ({ regions, images }) => ({
      title: '何もない場所での誤検出が多い',
      text: `評価用の${f.count(images)}枚で${f.count(regions)}個あります。`,
      action:
        '「誤りの大きい画像」の赤い部分を確認してください。ごく小さい領域を無視するだけで減ることもよくあります。モデルが惑わされるものが写った良品の画像を、学習用に加えてください。',
    }),
    gap: ({ train, val }) => ({
      title: '学習に使った画像でだけ成績が良い（過学習）',
      text: `重なりは、学習に使った画像で${f.percent(train, 0)}、使っていない画像で${f.percent(val, 0)}です。一部を丸暗記しています。`,
      action:
        '学習画像の枚数と種類を増やすのが最も効果的です。次に、データ拡張を強くするか、小さいモデルを試してください。',
    }),
    smallTest: ({ regions, low, high }) => ({
      title: '評価した領域が少なく、数字が確かではありません',
      text: `${f.count(regions)}個での評価では、見つけられる割合の真の値は${f.percent(low, 0)}〜${f.percent(high, 0)}のどこにあってもおかしくありません。`,
      action: '評価用の画像を増やしてください。個数を4倍にすると、この幅は半分になります。',
    }),
    fewTest: ({ classes }) => ({
      title: '写っている評価画像が少ないクラスがあります',
      text: `${listed(classes.map(({ name, count }) => `「${name}」${f.count(count)}枚`))}。画素がどれだけ多くても、1枚の画像でそのクラスの成績が決まってしまいます。`,
      action: 'これらのクラスの成績は目安としてご覧になり、評価用の画像を増やしてください。',
    }),
  };
};
