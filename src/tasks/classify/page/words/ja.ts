import type { Format } from '../../../../page/format.ts';
import { sharedJa } from '../../../../page/words/ja.ts';
import { classifyFindingsJa } from './ja-findings.ts';
import type { ClassifyWords } from './words.ts';

/** What a page says of a classifier in Japanese, in the words of plant quality control (仕分け, 見逃し, 取り違え, しきい値). */
export const classifyJa = (f: Format): ClassifyWords => {
  const { images, range } = sharedJa(f);
  return {
    head: {
      kind: '画像分類モデル 評価レポート',
      lead: (classes, train) => `${images(train)}の画像から、${f.count(classes)}クラスの見分け方を学習しました。`,
      hero: (right, of) => `${f.count(of)}個のうち約${f.count(right)}個を正しく仕分けできます。`,
      heroAll: (n) => `評価した${images(n)}をすべて正しく仕分けました。`,
      measured: (right, n, accuracy, low, high) =>
        `実測では${f.count(n)}枚中${f.count(right)}枚が正解（正解率${accuracy}）。この枚数から見て、同じ条件の画像が続く限り、長期的な正解率は${low}〜${high}に収まると見込まれます（95%信頼区間）。`,
      accuracy: '正解率',
      interval: (low, high) => `95%信頼区間 ${range(low, high)}`,
    },
    nothing: '特に気になる点はありません。弱いクラスはなく、確信度は信用でき、画像にも問題はありません。',
    learning: {
      curve: '正解率　高いほど良い',
      summary: (epochs, best, accuracy) =>
        `全${f.count(epochs)}エポック。検証用の正解率が${accuracy}となった${best}エポック目のモデルを採用しました。`,
    },
    steps: {
      mistakes:
        '下の「間違えた画像」を、現物をよく知る人と一緒に見てください。画像の分類のほうが誤りで、モデルが正しいこともよくあります。その場合はフォルダを直して学習し直します。',
      limit: '確信度がいくつを下回ったら人が確認するか、しきい値を決めてください。',
    },
    classes: {
      title: 'クラス別の成績',
      intro:
        '「再現率」は、実際にそのクラスであるもののうち、正しく見つけられた割合です（低いと見逃しが多い）。「適合率」は、そのクラスと判定したもののうち、本当にそうだった割合です（低いと誤検出が多い）。',
      class: 'クラス',
      tested: '評価枚数',
      found: '再現率（見つけた割合）',
      precision: '適合率（判定が当たった割合）',
      f1: 'F値',
      takenFor: '最も多い誤り先',
      ofImages: (hits, n) => `${f.count(n)}枚中${f.count(hits)}枚`,
      none: '判定なし',
      undefined: 'なし',
      mean: 'クラスの平均',
      limited: (n) => `成績の低い${n}クラスのみを示します。`,
    },

    confusion: {
      title: '何を何と間違えたか',
      intro:
        '行が実際のクラス、列がモデルの判定です。緑は正解。赤が濃いほど、その行の画像が多くそこに取り違えられています。',
      truth: '実際のクラス',
      answer: 'モデルの判定',
      cell: (count, truth, answer) => `${truth}を${answer}と判定：${count}枚`,
      pairs: 'クラス数が多いため、取り違えの多い組み合わせのみを示します。',
      count: '枚数',
      share: 'そのクラスに占める割合',
      perfect: '取り違えは1枚もありませんでした。',
    },

    mistakes: {
      title: '間違えた画像',
      intro: (shown, all) =>
        `${all > shown ? `${images(all)}のうち${images(shown)}を、` : ''}確信度の高い順に並べています。どの数字よりも、改善の手がかりになります。`,
      none: '1枚もありません。すべて正しく仕分けました。',
      truth: '正解',
      answer: '判定',
      confidence: '確信度',
      alt: (truth, answer, confidence) => `正解は${truth}、モデルの判定は${answer}（確信度${confidence}）の画像`,
    },

    calibration: {
      title: '確信度は信用できるか',
      intro:
        'モデルは判定のたびに、どれだけ自信があるか（確信度）を示します。信用できるモデルなら、確信度90%の判定は100回中90回当たります。',
      good: (error) => `このモデルでは両者がよく一致しています（平均のずれ${error}ポイント）。`,
      bad: (error) => `このモデルでは両者にずれがあります（平均${error}ポイント）。`,
      chart: '確信度と実際の正解率',
      x: '確信度',
      y: '実際の正解率',
      ideal: '理想',
      group: '評価画像のまとまり（大きいほど枚数が多い）。縦線は95%信頼区間',
      point: (n, confidence, accuracy) => `${images(n)}：確信度${confidence}、正解率${accuracy}`,
      limits: 'しきい値を下回ったら人が確認する場合',
      limit: 'しきい値',
      passed: 'モデルに任せる分',
      right: 'うち正解',
      checked: '人が確認する分',
      all: 'なし',
    },
    terms: [
      [
        '95%信頼区間',
        '数百枚での評価は、いわば抜き取り検査です。同じ種類の別の画像で評価を何度も繰り返すと、100回中95回は、こうして求めた区間に真の正解率が入ります。評価枚数を増やすほど区間は狭くなります。',
      ],
      [
        '再現率と適合率',
        '再現率は、実際にそのクラスであるもののうち見つけられた割合で、低ければ見逃しが多いことを意味します。適合率は、そのクラスと判定したもののうち本当に正しかった割合で、低ければ誤検出が多いことを意味します。F値は両者を1つにまとめた指標です。',
      ],
      [
        '確信度と較正',
        '確信度は、モデルが自分の判定にどれだけ自信があるかを示す値です。確信度80%の判定が実際に100回中80回当たるとき、「よく較正されている」といいます。',
      ],
    ],
    findings: classifyFindingsJa(f),
  };
};
