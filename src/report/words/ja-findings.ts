import type { FindingWords } from '../../page/advice.ts';
import type { Format } from '../../page/format.ts';
import type { FindingKinds } from '../findings.ts';

export const findingsJa = (f: Format): FindingWords<FindingKinds> => {
  return {
    leak: ({ groups }) => ({
      title: '評価用の画像が学習用にも混ざっています',
      text: `まったく同じ画像が${f.count(groups)}組、学習用と評価側の両方に入っています。そのため、測定結果は現場での実力より良く出ています。`,
      action: '「使用した画像」に挙げた重複を取り除き、学習と評価をやり直してください。',
    }),
    validationOnly: ({ images }) => ({
      title: '測定結果はやや甘めに出ています',
      text: `独立した評価用フォルダがありません。ここで使った${f.count(images)}枚は、学習のどの時点のモデルを採用するかを決めるのにも使われています。`,
      action: '別の日や別ロットの画像を評価用として取り分け、それで測り直してください。',
    }),
    stillLearning: ({ epochs }) => ({
      title: '学習を終えた時点で、まだ伸びていました',
      text: `全${f.count(epochs)}エポックの最後の段階で最良となり、誤差もまだ下がり続けていました。`,
      action: 'エポック数を増やして学習し直してください。',
    }),
    brokenFiles: ({ files }) => ({
      title: `使えなかったファイルが${f.count(files)}個あります`,
      text: '壊れている、または画像として読めないファイルは除外しました。カメラや画像のコピー手順に不具合がある可能性があります。',
      action: '「使用した画像」の一覧を確認してください。',
    }),
    exitsSlower: ({ ms, whole }) => ({
      title: '途中で終えても速くなっていません',
      text: `出口を使うと1枚あたり平均${f.ms(ms)}、全体を一度に計算すると${f.ms(whole)}です。途中で判定すること自体にも時間がかかり、ここでは節約できる時間を上回っています。`,
      action:
        'PCで他の処理が動いていないときに測り直してください。それでも変わらなければ、求める正解率を下げる（yosegi exits --budget）か、出口を使わずに配布してください（yosegi export --no-exits）。',
    }),
    exitsWorse: ({ policy, end, lost, images }) => ({
      title: '途中で終えることで正解率が下がっています',
      text: `${f.count(images)}枚での正解率は、出口を使うと${f.percent(policy)}、最後まで計算すると${f.percent(end)}です。早く終えたためだけに誤った画像が${f.count(lost)}枚あります。`,
      action:
        '「早く終えたための誤り」と示した画像を確認してください。求める正解率を上げる（yosegi exits --budget）か、途中で終えてはならないクラスを指定してください（yosegi exits --never）。',
    }),
    staticBetter: ({ name, ms, policy, accuracy, own }) => ({
      title: `「${name}」のほうが速く、正解率も同等以上です`,
      text: `出口のないこのネットワークは1枚${f.ms(ms)}で正解率${f.percent(accuracy)}、このモデルは出口を使って1枚${f.ms(policy)}で正解率${f.percent(own)}です。`,
      action: 'そちらのネットワークを使うか、このモデルをさらに学習させてから比べ直してください。',
    }),
  };
};
