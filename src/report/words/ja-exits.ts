import type { Format } from '../../page/format.ts';
import type { Words } from './words.ts';

/** What the report says in Japanese about a model that easy images leave early (早期出口). */
export const exitsJa = (f: Format): Words['exits'] => {
  const images = (n: number) => `${f.count(n)}枚`;
  const which = (split: 'test' | 'val') => (split === 'test' ? '評価用' : '検証用');
  const times = (ratio: number) => f.decimal(ratio, ratio < 10 ? 1 : 0);
  const faster = (ratio: number) =>
    ratio > 1.05 ? `${times(ratio)}倍速い` : ratio < 0.95 ? `${times(1 / ratio)}倍の時間がかかる` : '同程度の速さ';
  const more = (hits: number) =>
    hits === 0 ? '正解数は同じ' : `正解は${f.count(Math.abs(hits))}枚${hits > 0 ? '多い' : '少ない'}`;
  return {
    title: '簡単な画像は途中で判定',
    intro: (exits) =>
      `すべての画像がネットワーク全体の計算を必要とするわけではありません。このモデルは、終点を含めて${f.count(exits)}か所（出口）で判定できます。画像は、十分に確信できた最初の出口で判定を終え、難しいものだけが先へ進みます。`,
    none: (run) =>
      `どの時点で判定を終えるかがまだ決まっていません。決めるまでは、すべての画像を最後まで計算します。\`yosegi exits ${run}\` を実行してから、レポートを作り直してください。`,
    stale: (run) =>
      `\`exits.json\` は今の重みに対するものではありません（作成後に学習し直されています）。\`yosegi exits ${run}\` を実行してから、レポートを作り直してください。`,
    result: (ms, whole, ratio) =>
      `1枚あたりの時間は平均${ms}です。全体を計算する場合の${whole}に比べて${
        ratio > 1.05
          ? `${times(ratio)}倍速くなります`
          : ratio < 0.95
            ? `${times(1 / ratio)}倍の時間がかかります`
            : 'ほぼ変わりません'
      }。`,
    accuracy: (n, split, policy, end, { lost, gained }) =>
      `${which(split)}${images(n)}での正解率は${policy}、すべて最後まで計算した場合は${end}です。${
        lost + gained === 0
          ? '途中で終えたために誤りになった画像はありません。'
          : `途中で終えたために誤りになった画像は${images(lost)}、逆に正解になった画像は${images(gained)}です。`
      }`,
    nobody: '今の条件では、途中で終わる画像はありません。',
    disagree:
      'このページにある2つの速度測定が一致していません。測定中にPCで別の処理が動いていたと考えられます。空いているときに測り直してください。',
    chart: '正解率（縦）と1枚あたりの時間（横）',
    x: '1枚ずつ処理したときの時間（ミリ秒）',
    legend: {
      line: '確信できた出口で終える場合',
      chosen: '選んだ設定',
      exit: '全画像をその出口で終える場合',
      whole: '全体を計算',
      other: '別のネットワーク',
    },
    point: (name, accuracy, ms) => `${name}：正解率${accuracy}、${ms}`,
    source: (n, split) =>
      split === 'test'
        ? `グラフの正解率は、すべて同じ評価用${images(n)}によるものです。設定を選ぶ際には別の画像を使いました。`
        : `評価用の画像がないため、正解率はすべて、設定を選ぶのに使った検証用${images(n)}によるもので、やや高めに出ている可能性があります（線は交差適合によりこの影響を除いています）。`,
    measuredOn: (cpu, threads) => `測定したPC：${cpu}、${threads}スレッド。`,
    table: 'グラフの各点',
    sign: '記号',
    answeredBy: '判定する場所',
    right: '正解率',
    time: '時間',
    leaving: 'ここで終わる画像',
    chosen: '選んだ設定',
    exit: (k, name) => `出口${k}（${name}）`,
    wholeNetwork: '全体を計算',
    other: (model, run) => `${model}（${run}）`,
    against: (name, ratio, hits, n) => `${name}と比べて：${faster(ratio)}。${images(n)}のうち、${more(hits)}。`,
    compared: '選んだ設定と別のネットワークとの比較',
    speed: '1枚ずつの実測',
    speedIntro: (n) =>
      `現場と同じように、${images(n)}を1枚ずつ順に測りました。平均には、測定中にPCで動いていた他の処理の影響も含まれます。グラフの時間は、各出口で終えた画像の平均です。`,
    mean: '平均',
    p95: '100枚中95枚がこれ以内',
    ratio: '速さの比',
    parts: '分割して実行（yosegi）',
    oneFile: '1つの.onnxファイル',
    whole: '全体を計算',
    rules: '設定の選び方',
    budget: {
      ms: (ms) => `条件：1枚あたり平均${ms}以内。`,
      macs: (macs) => `条件：1枚あたりの積和演算が平均${macs}以内。`,
      accuracy: (share) => `条件：正解率${share}以上で、できるだけ速く。`,
      keep: '条件：全体を計算した場合の正解率を保ち、できるだけ速く。',
    },
    calibrated: (n) => `検証用の${images(n)}を使って選びました。`,
    sure: (exit, threshold) => `${exit}：確信度${threshold}以上で終える。`,
    closed: (exit) => `${exit}：ここでは終えない。`,
    open: (exit) => `${exit}：来た画像はすべて終える。`,
    always: (classes) => `途中では決して判定しないクラス：${classes}。`,
    miss: (share) => `ただし、そのうち最大${share}は途中で終わることを認めています。`,
    suspicion: (share) => `出口がこれらのクラスの確率を合わせて${share}以上と見た画像も、先へ進めます。`,
    stayed: (classes) => `途中で終わった画像が1枚もないクラス：${classes}。`,
    byClass: 'クラス別に見た途中終了',
    class: 'クラス',
    images: '枚数',
    early: '途中で終わる割合',
    at: (k) => `出口${k}`,
    pictures: 'どの画像がどこで終わったか',
    picturesIntro:
      '誤ったものを先に、続いて出口の確信度が高かったものを並べています。画像の下の数値は、通った出口ごとの確信度です。',
    left: (n, of, share) => `${images(of)}中${images(n)}（${share}）`,
    nobodyHere: 'ここで終わった画像はありません。',
    wrong: (n, lost) =>
      n === 0
        ? 'すべて正解です。'
        : `誤りは${images(n)}${lost === 0 ? 'で、いずれも最後まで計算しても誤りでした。' : `。うち${images(lost)}は、最後まで計算すれば正解でした。`}`,
    wrongAtEnd: (n) => (n === 0 ? 'すべて正解です。' : `誤りは${images(n)}です。`),
    verdict: {
      right: '正解',
      wrong: '誤り',
      lost: '早く終えたための誤り',
      gained: '正解（最後まで計算すると誤り）',
    },
    truth: '正解',
    answer: '判定',
    end: '最後まで計算',
    passed: '確信度：',
    alt: (truth, answer, exit, confidence) =>
      `正解は${truth}、${exit}で${answer}と判定された画像（確信度${confidence}）`,

    head: (right, n, accuracy, ratio) =>
      `これは全画像を最後まで計算した場合の値です。簡単な画像を途中で終える設定では、${f.count(n)}枚中${f.count(right)}枚が正解（${accuracy}）、${
        ratio > 1.05
          ? `${times(ratio)}倍の速さになります`
          : ratio < 0.95
            ? `時間は${times(1 / ratio)}倍かかります`
            : '速さは同程度です'
      }。以下、特に断りのない限り、全体を計算した場合について述べます。`,
    cardAccuracy: (accuracy) => `途中で終える場合：${accuracy}`,
    cardTime: (ratio) => `途中で終える場合：${faster(ratio)}`,
    speedNote: 'これは全体を計算した場合の時間です。途中で終える場合は次の節をご覧ください。',
    cost: '全体を計算した場合の値です。途中で終わる画像の分だけ安くなります。',
    step: (run) => `簡単な画像をどの時点で終えるかを決める：\`yosegi exits ${run}\``,
    term: [
      '出口（早期終了）',
      'ネットワークの途中で判定できる場所です。見分けやすい画像はそこで判定を終え、残りの計算を省きます。どれだけ確信できれば終えてよいかは、しきい値で決まります。',
    ],
  };
};
