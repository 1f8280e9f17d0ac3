import type { Format } from '../../../../page/format.ts';
import { sharedJa } from '../../../../page/words/ja.ts';
import { detectFindingsJa } from './ja-findings.ts';
import type { DetectWords } from './words.ts';

/** What a page says of a detector in Japanese, in the words of plant quality control (見逃し, 誤検出, しきい値). */
export const detectJa = (f: Format): DetectWords => {
  const { images } = sharedJa(f);
  return {
    head: {
      kind: '物体検出モデル 評価レポート',
      lead: (classes, train) =>
        `${images(train)}の画像から、${f.count(classes)}クラスの対象物を見つけて枠で囲むことを学習しました。`,
      hero: (found, of, alarms) => `${f.count(of)}個のうち約${f.count(found)}個を見つけます。${alarms}。`,
      heroAll: (n, alarms) => `評価用の画像にある${f.count(n)}個をすべて見つけました。${alarms}。`,
      heroNone: (n) => `評価用の画像にある${f.count(n)}個を、1つも見つけられませんでした。`,
      heroNothing: '評価用の画像に見つけるべきものがないため、実力は分かりません。',
      alarms: (perPicture) => {
        if (perPicture === 0) return '誤検出はありません';
        if (perPicture >= 0.95) return `誤検出は画像1枚あたり約${f.decimal(perPicture, perPicture < 10 ? 1 : 0)}件です`;
        const every = Math.round(1 / perPicture);
        return every === 1 ? '誤検出は画像1枚あたり1件弱です' : `誤検出は画像約${f.count(every)}枚に1件です`;
      },
      measured: ({ found, objects, alarms, images: n, score, low, high }) =>
        `しきい値${score}での実測：${f.count(objects)}個中${f.count(found)}個を検出、誤検出は${images(n)}で${f.count(alarms)}件。この個数から見て、同じ条件の画像が続く限り、見つけられる割合は長期的に${low}〜${high}に収まると見込まれます（95%信頼区間）。しきい値は同じ画像で選んだため、実際にはこれよりやや低くなると考えてください。`,
      nothing: (n, objects) =>
        objects === 0
          ? `対象物が1つもない${images(n)}で評価しました。`
          : `${images(n)}で評価し、1つも見つけられませんでした。`,
      ap50: '平均適合率（AP50）',
      ap50Means: '100%なら、すべて見つけて誤検出もない状態',
    },
    nothing: '特に気になる点はありません。弱いクラスはなく、誤検出は少なく、画像にも問題はありません。',
    learning: {
      curve: 'AP50　高いほど良い',
      summary: (epochs, best, value) =>
        `全${f.count(epochs)}エポック。検証用の画像でAP50が${value}となった${best}エポック目のモデルを採用しました。`,
    },
    steps: {
      examples:
        '下の「誤りの多い画像」を、現物をよく知る人と一緒に見てください。印の付け忘れで、モデルのほうが正しいこともよくあります。その場合はラベルを直して学習し直します。',
      threshold:
        '「しきい値をいくつにするか」の表から、しきい値を決めてください。見逃しと誤検出、どちらの損失が大きいかで決まります。',
    },
    classes: {
      title: 'クラス別の成績',
      intro:
        '「見つけた割合」は、実際にあるもののうち、そのクラスとして見つけられた割合です。小さい文字は個数と95%信頼区間です。「検出が当たった割合」は、そのクラスとして検出したもののうち、本当にそうだった割合です。どちらも、見逃しと誤検出のつり合いが最も良いしきい値での値です。AP50はすべてのしきい値を通して見た値です。',
      class: 'クラス',
      things: '評価した個数',
      found: '見つけた割合',
      right: '検出が当たった割合',
      ap50: 'AP50',
      ofThings: (hits, n, range) => `${f.count(n)}個中${f.count(hits)}個、${range}`,
      ofReported: (hits, n) => `${f.count(n)}件中${f.count(hits)}件`,
      untested: '評価なし',
      never: '検出なし',
      limited: (n) => `成績の低い${n}クラスのみを示します。`,
    },
    thresholds: {
      title: 'しきい値をいくつにするか',
      intro:
        '枠には0〜1のスコア（モデルの自信の度合い）が付きます。しきい値より低い枠は表示されません。しきい値を下げると見逃しが減って誤検出が増え、上げるとその逆になります。各行は「こうしたい」という条件と、そのために受け入れるべき数字です。',
      wish: '条件',
      best: '見逃しと誤検出のつり合いが最も良い',
      shown: '（このページの値）',
      atMostMissed: (share) => `見逃しを${share}以下にする`,
      atMostAlarms: (n) =>
        n >= 1 ? `誤検出を画像1枚あたり${f.count(n)}件以下にする` : `誤検出を画像${f.count(1 / n)}枚に1件以下にする`,
      score: 'しきい値',
      missed: '見逃し',
      alarms: '画像1枚あたりの誤検出',
      right: '表示した枠が正しい割合',
      none: '満たせるしきい値はありません',
      nothing: 'どのしきい値でも正しく見つけたものがないため、選べるしきい値がありません。',
      command: (run, score) => `しきい値の使い方：\`yosegi predict ${run} 画像フォルダ/ --threshold ${score}\``,
      caution: (n, every, objects) =>
        `数字の確かさについて：しきい値は評価用の画像そのもので選んだため、新しい画像での成績はこれよりやや下がります。また、まれにしか起きないことは少ない画像では測れません。${n}枚で誤検出が1件もなくても、「およそ${every}枚に1件より少ない」としか言えません。見逃しの割合は${objects}個に基づいています。`,
    },
    examples: {
      title: '誤りの多い画像',
      intro:
        'つり合いが最も良いしきい値で、見つけたもの、見逃したもの、誤って検出したものを示します。クラスが合い、印の枠と半分以上重なる（IoU 0.5以上）枠を正解とします。位置のずれた枠は誤検出、その対象物は見逃しと数えます。どの数字よりも、改善の手がかりになります。',
      none: '1枚もありません。すべて見つけ、誤検出もありませんでした。',
      missed: '見逃し',
      wrong: '誤検出',
      right: '正解',
      alt: (missed, wrong, right) => `枠を重ねた画像：見逃し${missed}、誤検出${wrong}、正解${right}`,
      legend: {
        right: '緑：モデルが正しく検出',
        missed: '橙の破線：人が印を付けたが見逃し',
        wrong: '赤に×：モデルの誤検出',
      },
    },
    confusion: {
      title: '何を何と間違えたか',
      intro:
        '行が実際にあるもの、列がその場所でのモデルの検出です。緑は正解。赤が濃いほど、その行の多くがそこに入っています。最後の列は見逃し、最後の行は何もない場所での誤検出です。',
      truth: '実際にあるもの',
      answer: 'モデルの検出',
      nothing: '何もない（誤検出）',
      missed: '見逃し',
      cell: (count, truth, answer) => `${truth}を${answer}として検出：${count}個`,
      miss: (count, truth) => `${truth}の見逃し：${count}個`,
      alarm: (count, answer) => `何もない場所で${answer}を検出：${count}件`,
      pairs: 'クラス数が多いため、多い誤りのみを示します。',
      count: '個数',
      perfect: '1件もありませんでした。',
    },
    small: {
      title: '小さいものを見逃していないか',
      intro:
        '対象物を、元の画像での大きさ（画素）で分けています。小さいものほど見つけにくくなります。割合の横の範囲は95%信頼区間で、個数が少ないほど広くなります。',
      nothing: '評価用の画像に見つけるべきものがないため、測定できません。',
    },
    whole: { title: '画像に何かあるか、何もないか' },
    terms: [
      [
        '枠と重なり（IoU）',
        'モデルは見つけたものを枠で囲みます。2つの枠の重なり（IoU）は、共通部分の面積を、2つが覆う全体の面積で割った値です。完全に一致すれば1、重ならなければ0です。ここでは0.5以上の重なりを正解とします。',
      ],
      [
        'スコアとしきい値',
        'スコアは、枠に対するモデルの自信の度合いを0〜1で表します。確率ではありません。0.8だからといって100回中80回当たるわけではありません。しきい値は、枠を表示する最低のスコアです。',
      ],
      [
        '見逃しと誤検出',
        '見逃しは、実際にあるのに見つけられなかったもの。誤検出は、そのクラスの印がない場所に出た枠です。',
      ],
      [
        'AP50',
        '平均適合率。しきい値を厳しいほうから順に緩めながら、見つけた割合と、枠が正しい割合を調べます。後者を、見つけた割合の全体にわたって、さらにクラスについて平均した値です。最初の誤検出の前にすべて見つけきれば100%になります。50は、50%以上の重なりを正解とするという意味です。',
      ],
      [
        '95%信頼区間',
        '評価は、いわば抜き取り検査です。同じ種類の別の画像で評価を何度も繰り返すと、100回中95回は、こうして求めた区間に真の割合が入ります。評価する個数を増やすほど区間は狭くなります。同じ画像の中のものは互いに似ているため、実際の不確かさはこれよりやや大きくなります。',
      ],
    ],
    findings: detectFindingsJa(f),
  };
};
