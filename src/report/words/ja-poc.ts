import type { Format } from '../../page/format.ts';
import type { pocEn } from './en-poc.ts';

/** The same in Japanese. */
export const pocJa = (f: Format): ReturnType<typeof pocEn> => ({
  title: '試した方法と、これを勧める理由',
  intro: (tried, trainings, duration, machine) =>
    `このPC（${machine}）で、${f.count(tried)}通りの方法を${f.count(trainings)}回の学習、合計${duration}で試しました。まず短く学習し、良かったものだけを3倍ずつ長く学習し直しています。`,
  why: (name, value, ms, best, pictures) =>
    `お勧めは「${name}」です（検証画像で${value}、1枚${ms}）。最後まで学習したモデルのうち、検証画像${f.count(pictures)}枚では最良のもの（${best}）と差があるとは言えない中で、最も速いものを選びました。`,
  limit: (ms) => `このPCで1枚${ms}以内に処理できるモデルだけを学習しました。`,
  way: '方法',
  size: '入力',
  epochs: '最も長い学習',
  epochsOf: (n) => (n === 0 ? '–' : `${f.count(n)}エポック`),
  validated: '検証',
  time: '1枚の処理時間',
  came: '結果',
  chosen: '推奨',
  asGood: '同等だが遅い',
  early: '短い学習では同等（長い学習はしていない）',
  behind: '及ばない',
  refused: (reason) => `除外：${reason}`,
  ways: {
    probe: 'ImageNetの特徴を使い、最後の層だけを学習',
    'fine-tune': 'ImageNetのモデルの後半を追加学習',
    adapters: 'ImageNetのモデルは固定し、小さな追加部分だけを学習',
    exits: '同じく、易しい画像を途中で判定する早期終了つき',
    scratch: '小さなモデルをゼロから学習',
    fit: '良品の見え方を記憶',
    prune: '推奨モデルの処理時間を半分に削ったもの',
  },
});
