/** What the page says: its own words are English, these put Japanese in their place; and sentences with numbers and names in both. */

/** By the attribute `data-say` of the page. */
const ja: Readonly<Record<string, string>> = {
  title: 'このブラウザーで学習する分類器',
  private: '画像はこの機械から出ません。ネットワークを一度読み込み、特徴計算も学習も判定もここで行います。',
  classes: '1. クラスと画像',
  classesHelp:
    'クラスは二つ以上、それぞれ画像が二枚以上必要です(数十枚あるとよい)。クラスごとのフォルダーが入ったフォルダーを選ぶと、すべて入力されます。',
  folder: 'クラス別フォルダーの親フォルダー',
  addClass: 'クラスを追加',
  cameraOn: 'カメラを入れる',
  cameraOff: 'カメラを切る',
  learning: '2. 学習',
  size: 'ネットワークに入れる画像の大きさ',
  sizeHelp: '小さいほど速く、大きいほど小さなものが見えます。',
  epochs: 'エポック数',
  train: '学習する',
  stop: '止める',
  result: '3. 精度',
  answers: '4. 判定',
  tryOne: '画像を試す',
  live: 'カメラの映像を判定し続ける',
  download: '5. 持ち帰る',
  downloadHelp:
    '新しい分類器を含むネットワーク全体が一つの .onnx ファイルになり、通常の ONNX Runtime で動きます。入力「image」は正方形に縮めた画像のバイト列 [N, size, size, 3](赤・緑・青)、出力「probabilities」は [N, クラス数] です。クラスの名前はメタデータ「names」にあります。',
  save: '.onnx ファイルを保存',
};

/** What is put together while the page runs. */
interface Sentences {
  readonly className: string;
  readonly pictures: string;
  readonly take: string;
  readonly removeClass: string;
  readonly camera: string;
  readonly noCamera: string;
  loading(file: string, megabytes: string): string;
  opened(name: string, where: string): string;
  seen(done: number, of: number, perSecond: string): string;
  step(step: number, of: number, loss: string, perSecond: string, left: string): string;
  count(pictures: number): string;
  waiting(pictures: number): string;
  heldBack(right: number, of: number, share: string, low: string, high: string): string;
  nothingHeldBack: string;
  trained(pictures: number, seconds: string, stopped: boolean): string;
  wrong(file: string, truth: string, predicted: string): string;
  took(ms: string): string;
  ignored(files: number): string;
}

const sentencesEn: Sentences = {
  className: 'Name of the class',
  pictures: 'Pictures',
  take: 'Take a picture',
  removeClass: 'Remove',
  camera: 'Camera',
  noCamera: 'There is no camera, or the browser does not give it: ',
  loading: (file, megabytes) => `Loading ${file}, ${megabytes} MB …`,
  opened: (name, where) => `${name}, on ${where}`,
  seen: (done, of, perSecond) => `Looked at ${done} of ${of} pictures, ${perSecond} a second`,
  step: (step, of, loss, perSecond, left) =>
    `Step ${step} of ${of}: loss ${loss}, ${perSecond} pictures a second, ${left} s left`,
  count: (n) => (n === 1 ? '1 picture' : `${n} pictures`),
  waiting: (n) => `Stopped; ${n} pictures were not looked at yet`,
  heldBack: (right, of, share, low, high) =>
    `${right} of ${of} pictures that were held back are right: ${share} (95 % interval ${low} … ${high}).`,
  nothingHeldBack: 'No picture could be held back, so nobody knows how good it is.',
  trained: (n, seconds, stopped) =>
    stopped
      ? `Stopped after ${seconds} s; what it learnt so far is there.`
      : `Learnt from ${n} pictures in ${seconds} s.`,
  wrong: (file, truth, predicted) => `${file}: ${truth}, taken for ${predicted}`,
  took: (ms) => `${ms} ms`,
  ignored: (n) => (n === 1 ? '1 file is no picture: left out' : `${n} files are no pictures: left out`),
};

const sentencesJa: Sentences = {
  className: 'クラスの名前',
  pictures: '画像',
  take: '撮影',
  removeClass: '削除',
  camera: 'カメラ',
  noCamera: 'カメラがないか、ブラウザーが許可していません: ',
  loading: (file, megabytes) => `${file} を読み込み中(${megabytes} MB)…`,
  opened: (name, where) => `${name}、計算は ${where}`,
  seen: (done, of, perSecond) => `${of} 枚中 ${done} 枚を見ました(毎秒 ${perSecond} 枚)`,
  step: (step, of, loss, perSecond, left) =>
    `${of} ステップ中 ${step}: 損失 ${loss}、毎秒 ${perSecond} 枚、残り ${left} 秒`,
  count: (n) => `${n} 枚`,
  waiting: (n) => `止めました。まだ見ていない画像が ${n} 枚あります`,
  heldBack: (right, of, share, low, high) =>
    `学習に使わなかった ${of} 枚のうち ${right} 枚が正解: ${share}(95 % 区間 ${low} … ${high})。`,
  nothingHeldBack: '学習から除いておける画像がなかったため、精度は分かりません。',
  trained: (n, seconds, stopped) =>
    stopped ? `${seconds} 秒で止めました。そこまでの学習結果が使えます。` : `${n} 枚から ${seconds} 秒で学習しました。`,
  wrong: (file, truth, predicted) => `${file}: 正解は ${truth}、判定は ${predicted}`,
  took: (ms) => `${ms} ミリ秒`,
  ignored: (n) => `画像でないファイル ${n} 個を除きました`,
};

export interface Words extends Sentences {
  readonly lang: 'en' | 'ja';
  /** What stands in place of the page's own words, by `data-say`. */
  readonly instead: Readonly<Record<string, string>>;
}

/** The words of a language tag such as `ja-JP`: Japanese, or English for all others. */
export const wordsOf = (tag: string): Words =>
  tag.toLowerCase().startsWith('ja')
    ? { lang: 'ja', instead: ja, ...sentencesJa }
    : { lang: 'en', instead: {}, ...sentencesEn };
