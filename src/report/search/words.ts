import type { Lang } from '../../page/format.ts';

/** The sentences of the page about a search; a language that lacks one does not compile. */
interface SearchWords {
  readonly title: string;
  readonly lead: (trials: string, space: string, time: string) => string;
  readonly none: string;
  readonly best: (accuracy: string, ms: string, parameters: string) => string;
  readonly depth: (epochs: string) => string;
  readonly early: (shares: string, end: string) => string;
  readonly limits: string;
  readonly noLimits: string;
  readonly design: string;
  readonly front: {
    readonly title: string;
    readonly chart: string;
    readonly line: string;
    readonly chosen: string;
    readonly other: string;
    readonly trained: string;
    readonly about: string;
  };
  readonly axis: string;
  readonly prefers: {
    readonly title: string;
    readonly about: string;
    readonly choice: string;
    readonly value: string;
    readonly when: (share: string) => string;
  };
  readonly worth: {
    readonly title: string;
    readonly about: string;
    readonly accuracy: string;
    readonly time: string;
    readonly designs: string;
  };
  readonly ratio: {
    readonly title: string;
    readonly about: string;
    readonly axis: string;
    readonly chart: (what: string) => string;
    readonly mean: string;
    readonly designs: string;
    readonly accuracy: string;
    readonly best: string;
    readonly time: string;
  };
  readonly around: {
    readonly title: string;
    readonly about: (epochs: string, accuracy: string, ms: string) => string;
    readonly instead: (from: string) => string;
    readonly accuracy: string;
    readonly time: string;
    readonly refused: string;
  };
  readonly blocks: {
    readonly title: string;
    readonly about: (whole: string, pictures: string) => string;
    readonly block: string;
    readonly time: string;
    readonly lost: string;
    readonly whole: string;
  };
  readonly measured: (machine: string, threads: string) => string;
}

export const searchWords: Readonly<Record<Lang, SearchWords>> = {
  en: {
    title: 'A search for a network',
    lead: (trials, space, time) => `${trials} trainings of designs from the space ${space}, ${time} of work.`,
    none: 'No design kept to the limits.',
    best: (accuracy, ms, parameters) =>
      `Best: ${accuracy} on the validated pictures, ${ms} for one picture, ${parameters} parameters.`,
    depth: (epochs) =>
      `Judged after short trainings of ${epochs} epochs: what it reaches in its own, whole training is in the report of the run “winner”.`,
    early: (shares, end) =>
      `Pictures leave early: at the exits ${shares} of them. The time is the mean of all; a picture that goes to the end takes ${end}, to which the limits hold.`,
    limits: 'Limits',
    noLimits: 'none',
    design: 'The design',
    front: {
      title: 'Accuracy against time',
      chart: 'Each design that kept to the limits, as it was judged deepest',
      line: 'nothing beats these',
      chosen: 'best',
      other: 'other designs',
      trained: 'epochs',
      about:
        'Accuracy is of the validated pictures; of designs that were trained for a short time only, it is what they would reach by what others gained.',
    },
    axis: 'milliseconds for one picture',
    prefers: {
      title: 'What the generator came to prefer',
      about: 'How likely each value was to be written, at the beginning, on the way, and at the end.',
      choice: 'choice',
      value: 'value',
      when: (share) => `after ${share}`,
    },
    worth: {
      title: 'What each part is worth',
      about:
        'What a value adds to the accuracy, and by what factor it changes the time, beside the mean of its choice, as the inquisitor has learned it from all trials. Small differences within their uncertainty mean nothing.',
      accuracy: 'accuracy, points',
      time: 'time, times',
      designs: 'designs',
    },
    ratio: {
      title: 'Convolution and attention',
      about:
        'What designs with each share of attention blocks reach and take, as they were judged deepest. Those of one share differ in where attention stands and in what else the space leaves open; a mean over few designs says little.',
      axis: 'share of attention blocks',
      chart: (what) => `${what} by share of attention blocks`,
      mean: 'mean',
      designs: 'designs',
      accuracy: 'accuracy',
      best: 'best',
      time: 'milliseconds for one picture',
    },
    around: {
      title: 'The best design with one choice changed',
      about: (epochs, accuracy, ms) =>
        `Designs that differ in one choice from what was best when the time was over (${accuracy}, ${ms}), trained for ${epochs} epochs as it was: what each of its choices is worth. One that is better takes its place. One training each: differences within what two trainings of one design differ by mean nothing.`,
      instead: (from) => `in place of ${from}`,
      accuracy: 'accuracy, points',
      time: 'time, times',
      refused: 'not trained: breaks a limit',
    },
    blocks: {
      title: 'What each block of the trained network answers for',
      about: (whole, pictures) =>
        `${pictures} validated pictures, of which the whole network has ${whole} right, shown to it without each of its blocks in turn. A block whose loss costs nothing is one to do without in the next search; one that changes the shape cannot be left out.`,
      block: 'block',
      time: 'milliseconds',
      lost: 'accuracy without it, points',
      whole: 'cannot be left out',
    },
    measured: (machine, threads) => `Times: ${machine}; ${threads} thread(s), medians of single pictures.`,
  },
  ja: {
    title: 'ネットワークの探索',
    lead: (trials, space, time) => `設計空間 ${space} から ${trials} 回学習しました（作業時間 ${time}）。`,
    none: '条件を満たす設計はありませんでした。',
    best: (accuracy, ms, parameters) => `最良：検証画像で ${accuracy}、画像1枚 ${ms}、パラメータ数 ${parameters}。`,
    depth: (epochs) =>
      `${epochs} エポックの短い学習で判断しています。最後まで学習した結果は、実行フォルダ「winner」のレポートにあります。`,
    early: (shares, end) =>
      `画像は途中で終わることがあります（各出口で終わる割合：${shares}）。時間は全画像の平均です。最後まで進む画像は${end}かかり、上限はこの時間に対して守られます。`,
    limits: '条件',
    noLimits: 'なし',
    design: '設計',
    front: {
      title: '精度と時間',
      chart: '条件を満たした設計（最も長く学習した結果）',
      line: 'これを超えるものがない設計',
      chosen: '最良',
      other: 'その他の設計',
      trained: 'エポック',
      about: '精度は検証画像に対するものです。短い学習だけの設計については、他の設計の伸びから見積もった値です。',
    },
    axis: '画像1枚あたりのミリ秒',
    prefers: {
      title: '生成器が好むようになったもの',
      about: '各値が選ばれる確率（開始時、途中、終了時）。',
      choice: '選択項目',
      value: '値',
      when: (share) => `${share} 終了後`,
    },
    worth: {
      title: 'それぞれの部分の価値',
      about:
        'その項目の平均と比べて、値が精度に加える分と、時間が何倍になるか（全試行から学習）。不確かさの範囲内の小さな差に意味はありません。',
      accuracy: '精度（ポイント）',
      time: '時間（倍）',
      designs: '設計数',
    },
    ratio: {
      title: '畳み込みとアテンション',
      about:
        'アテンションブロックの割合ごとの、設計の精度と時間（最も長く学習した結果）。同じ割合の設計でも、アテンションの位置や、設計空間のその他の選択が異なります。設計数の少ない平均からは、あまり多くは言えません。',
      axis: 'アテンションブロックの割合',
      chart: (what) => `アテンションブロックの割合ごとの${what}`,
      mean: '平均',
      designs: '設計',
      accuracy: '精度',
      best: '最良',
      time: '画像1枚あたりのミリ秒',
    },
    around: {
      title: '最良の設計の選択を1つだけ変えた場合',
      about: (epochs, accuracy, ms) =>
        `探索の終了時に最良だった設計（${accuracy}、${ms}）と選択が1つだけ異なる設計を、同じく ${epochs} エポック学習した結果です。各選択の価値が分かります。より良いものがあれば、それを採用します。学習は1回ずつなので、同じ設計を2回学習したときの差に収まる違いに意味はありません。`,
      instead: (from) => `${from} の代わり`,
      accuracy: '精度（ポイント）',
      time: '時間（倍）',
      refused: '学習せず：条件を満たさない',
    },
    blocks: {
      title: '学習済みネットワークの各ブロックの働き',
      about: (whole, pictures) =>
        `検証画像 ${pictures} 枚（全体での精度 ${whole}）を、ブロックを1つずつ外したネットワークに見せた結果です。外しても精度が落ちないブロックは、次の探索では省けます。形を変えるブロックは外せません。`,
      block: 'ブロック',
      time: 'ミリ秒',
      lost: '外したときの精度（ポイント）',
      whole: '外せない',
    },
    measured: (machine, threads) => `時間：${machine}、${threads} スレッド、画像1枚ずつの中央値。`,
  },
};
