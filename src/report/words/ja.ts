import type { Format } from '../../page/format.ts';
import { sharedJa } from '../../page/words/ja.ts';
import { exitsJa } from './ja-exits.ts';
import { findingsJa } from './ja-findings.ts';
import { pocJa } from './ja-poc.ts';
import { reasonInJapanese } from './ja-reasons.ts';
import { robustnessJa } from './ja-robustness.ts';
import type { Words } from './words.ts';

/** The report in Japanese, in the words of plant quality control (仕分け, 見逃し, 取り違え, しきい値). */
export const ja = (f: Format): Words => {
  const threads = (n: number) => `${n}スレッド`;
  const shared = sharedJa(f);
  const { images } = shared;
  return {
    ...shared,
    threads,

    head: {
      tested: (n, split) =>
        split === 'test'
          ? `そのうえで、学習に使っていない${images(n)}で実力を確かめました。`
          : `そのうえで、学習に直接は使っていない${images(n)}で実力を確かめました。`,
      heroNone: '性能はまだ測定していません。',
      elsewhere: (n, folder) => `さらに、別に用意されたフォルダ「${folder}」の${images(n)}で評価しました。`,
      elsewhereMissing: (classes) => `このフォルダには${classes.map((c) => `「${c}」`).join('、')}の画像がありません。`,
      elsewhereTrained: (n) => `そのうち${images(n)}は学習に使った画像のため、実力より良く見えます。`,
      time: '1枚あたりの処理時間',
      timeParts: (model, reading) => `モデル${model}＋画像の読み込み${reading}`,
      timeModel: (n) => `このPC、${threads(n)}での値`,
      million: '100万枚あたりの費用',
      millionHow: (duration) => `このPCを${duration}動かす電気代`,
      size: '配布サイズ',
      sizeHow: '現場のPCに置くフォルダの大きさ',
      notMeasured: '未測定',
      notExported: '未作成',
      nav: '目次',
    },

    missing: {
      evaluation: (run) =>
        `まだ測定していません。\`yosegi eval ${run}\` を実行してから、レポートを作り直してください。`,
      benchmark: (run) =>
        `このPCではまだ測定していません。\`yosegi bench ${run}\` を実行してから、レポートを作り直してください。`,
      log: '実行フォルダに `log.jsonl` がないため、グラフを描けません。このファイルは学習時に1エポック1行ずつ書き出されます。',
      summary: '実行フォルダに `data.json` がないため、画像の内訳を示せません。このファイルは学習時に書き出されます。',
    },

    advice: {
      title: '注意点と対策',
      levels: { act: '要対応', careful: '注意', try: '改善案' },
      notYet: '画像と学習の経過に気になる点はありません。モデルの良し悪しは、評価するまで分かりません。',
      action: '対策：',
      next: '次のステップ',
      steps: {
        evaluate: (run) => `性能を測る：\`yosegi eval ${run}\``,
        bench: (run) => `実際に使うPCで処理時間を測る：\`yosegi bench ${run}\``,
        bundle: (run) => `現場のPCに置くフォルダを作る：\`yosegi export ${run}\``,
        pilot: '1週間ほど、判定結果は使わずに今の検査と並行して動かし、結果を突き合わせてください。',
      },
    },

    speed: {
      title: 'このPCでの処理速度',
      machine: (cpu, cores, memory, os) => `測定したPC：${cpu}（${cores}コア、メモリ${memory} GiB、${os}）`,
      latency: '1枚ずつ処理するとき',
      threads: 'スレッド数',
      p50: '半数がこれ以内',
      p95: '100回中95回がこれ以内',
      p99: '100回中99回がこれ以内',
      mean: '平均',
      throughput: '1秒あたりの処理枚数',
      throughputIntro: '画像がたまっているときは、何枚かまとめて処理する（バッチ）と速くなります。',
      series: (n, batch) => `${threads(n)}、バッチ${batch}枚`,
      reading: (ms) => `このほか、画像ファイルの読み込みと縮小に${ms}かかります。`,
      load: (ms) => `モデルの起動には${ms}かかります。`,
      memory: (mib) => `動作中に使うメモリは${mib} MiBです。`,
    },

    exits: exitsJa(f),

    robustness: robustnessJa(f),

    poc: pocJa(f),

    cost: {
      title: '100万枚を処理する費用',
      time: '計算時間',
      energy: '消費電力量',
      energyCost: '電気代',
      cloud: '参考：同程度のクラウドサーバーを借りた場合',
      assumed: '前提条件',
      watts: (w) => `PCの消費電力は${w} W（負荷時）。`,
      price: (money) => `電気料金は1 kWhあたり${money}。`,
      cloudPrice: (money) => `同程度のクラウドサーバーは1時間あたり${money}。`,
      speed: (series, speed) => `モデルの処理速度は毎秒${speed}枚（${series}）。画像の読み込み時間は含みません。`,
      excluded: 'PCとカメラの購入費、人件費は含みません。',
    },

    curves: {
      title: '学習の経過',
      intro:
        '学習用の画像をひととおり学ぶことを1エポックと数えます。2本の線がそろって動くのが健全な状態です。学習用の線だけが良くなり続ける場合は、画像を丸暗記しています（過学習）。',
      loss: '誤差（損失）　低いほど良い',
      epoch: 'エポック',
      train: '学習用の画像',
      val: '検証用の画像',
      best: (epoch) => `採用：${epoch}エポック目`,
      total: (duration) => `学習にかかった時間は${duration}です。`,
      describe: (name, first, last) => `${name}：${first}から${last}`,
    },

    data: {
      title: '使用した画像',
      class: 'クラス',
      train: '学習用',
      val: '検証用',
      test: '評価用',
      all: '合計',
      total: '合計',
      roles:
        'モデルは学習用の画像から学びます。検証用はどの時点のモデルを採用するかを決めるため、評価用は最後の測定だけに使います。',
      sound: 'すべてのファイルを正常に読み込めました。',
      broken: (n) => `使えなかったファイル：${f.count(n)}個`,
      file: 'ファイル',
      reason: '理由',
      reasonOf: reasonInJapanese,
      duplicates: (groups, extra) =>
        groups === 0
          ? '同じ画像の重複はありません。'
          : `まったく同じ画像が${f.count(groups)}組あります（余分は${f.count(extra)}枚）。`,
      harmless: '学習用の画像と測定に使った画像とにまたがる重複はないため、測定結果には影響しません。',
      copies: '重複している画像',
      notes: '使用はしたが、気になるファイル',
      note: '内容',
    },

    made: {
      title: '作成条件',
      name: '実行名',
      model: 'モデル',
      parameters: 'パラメータ数',
      macs: '1枚あたりの積和演算',
      input: '入力サイズ',
      inputOf: (h, w, channels) => `${w} × ${h}画素、${channels}チャンネル`,
      folder: '画像フォルダ',
      created: '学習日',
      version: 'yosegiのバージョン',
      runtime: '実行環境',
      machine: '測定したPC',
      options: '学習の設定',
      changes: 'モデルの変更点',
      classes: 'クラス数',
    },

    glossary: {
      title: '用語の説明',
      terms: [
        [
          '学習用・検証用・評価用の画像',
          '画像を3つに分けて使います。学習用から学び、検証用でどの時点のモデルを採用するかを決め、評価用は公正な最終測定のために最後まで取っておきます。',
        ],
        [
          'エポックと損失',
          '学習用の画像をひととおり学ぶことを1エポックと数えます。損失は学習で小さくしていく誤差のことで、モデルの答えが正解に近づくほど下がります。',
        ],
      ],
    },

    foot: (version, date) =>
      `yosegi ${version}で${date}に学習。このページは通信を必要とせず、1つのファイルとしてそのまま送れます。`,

    findings: findingsJa(f),
  };
};
