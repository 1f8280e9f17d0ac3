import type { FindingWords } from '../../../../page/advice.ts';
import type { Format } from '../../../../page/format.ts';
import type { ClassifyFindings } from '../findings.ts';

export const classifyFindingsJa = (f: Format): FindingWords<ClassifyFindings> => {
  const listed = (classes: readonly { name: string; count: number }[]) => {
    const shown = classes.slice(0, 6).map(({ name, count }) => `「${name}」${f.count(count)}枚`);
    return shown.join('、') + (classes.length > shown.length ? `、ほか${classes.length - shown.length}クラス` : '');
  };
  const shares = (list: readonly (readonly [name: string, part: number, whole: number])[]) => {
    const shown = list.slice(0, 6).map(([name, part, whole]) => `「${name}」${f.count(whole)}枚中${f.count(part)}枚`);
    return shown.join('、') + (list.length > shown.length ? `、ほか${list.length - shown.length}クラス` : '');
  };
  return {
    conflict: ({ groups }) => ({
      title: '同じ画像が別々のクラスに入っています',
      text: `まったく同じ画像が${f.count(groups)}組、異なるクラスのフォルダに入っています。どちらが正しいのか、モデルには学びようがありません。`,
      action: '「使用した画像」の一覧を見て正しいクラスを決め、もう一方を削除してください。',
    }),
    fewTraining: ({ classes }) => ({
      title: '学習画像の少ないクラスがあります',
      text: `${listed(classes)}。50枚程度に満たないと、クラスの特徴をつかむ前に個々の画像を丸暗記しがちです。`,
      action: 'まずこのクラスの画像を集めてください。撮影日、ロット、照明、置き方を変えて撮ると効果があります。',
    }),
    imbalance: ({ most, least }) => ({
      title: 'クラスごとの枚数に大きな偏りがあります',
      text: `学習画像は「${most.name}」${f.count(most.count)}枚に対し、「${least.name}」は${f.count(least.count)}枚です。迷ったときに、枚数の多いクラスと答えやすくなります。`,
      action: '少ないクラスの画像を追加するか、クラスの重みを均等にして（balanced）学習し直してください。',
    }),
    guessing: ({ accuracy, majority, name }) => ({
      title: 'でたらめに答えるのと大差がありません',
      text: `常に「${name}」と答えるだけでも${f.percent(majority, 0)}は当たりますが、このモデルの正解率は${f.percent(accuracy, 0)}です。`,
      action:
        '画像を見て人が区別できるか、フォルダ名と中身が合っているかを確認してください。そのうえで、学習回数か画像の枚数を増やしてください。',
    }),
    undertrained: ({ train, epochs }) => ({
      title: '学習がまだ足りていません',
      text: `${f.count(epochs)}エポック学習した時点で、学習に使った画像でさえ正解率は${f.percent(train, 0)}です。このページの数字は、仕上がっていないモデルのものです。`,
      action:
        'まず学習回数を増やしてください。それでも改善しない場合は、入力画像のサイズを大きくするか大きいモデルを使い、フォルダ名と中身が合っているかも確認してください。',
    }),
    missed: ({ classes }) => {
      const [first, ...rest] = classes;
      if (first && rest.length === 0) {
        const { name, found, support, takenFor } = first;
        return {
          title: `「${name}」の見逃しが多い`,
          text: `評価用の「${name}」${f.count(support)}枚のうち、正しく判定できたのは${f.count(found)}枚です。${takenFor ? `誤りの中では「${takenFor}」との判定が最も多くなっています。` : ''}`,
          action: `「${name}」の学習画像を、特に紛らわしいものを中心に追加してください。あわせて、今ある画像の分類ミスがないかも確認してください。`,
        };
      }
      return {
        title: `${f.count(classes.length)}クラスで見逃しが多い`,
        text: `正しく判定できた枚数（少ない順）：${shares(classes.map((c) => [c.name, c.found, c.support]))}`,
        action:
          '先頭のクラスから順に、紛らわしいものを中心に学習画像を追加してください。あわせて、今ある画像の分類ミスがないかも確認してください。',
      };
    },
    falseAlarms: ({ classes }) => {
      const [first, ...rest] = classes;
      const action = '「何を何と間違えたか」で元のクラスを確認し、そのクラスの学習画像を追加してください。';
      return first && rest.length === 0
        ? {
            title: `「${first.name}」の誤検出が多い`,
            text: `「${first.name}」と判定した${f.count(first.named)}枚のうち、本当にそうだったのは${f.count(first.right)}枚です。`,
            action,
          }
        : {
            title: `${f.count(classes.length)}クラスで誤検出が多い`,
            text: `そのクラスと判定したうち、本当に正しかった枚数：${shares(classes.map((c) => [c.name, c.right, c.named]))}`,
            action,
          };
    },
    confused: ({ a, b, count, support }) => ({
      title: `「${a}」と「${b}」を取り違えやすい`,
      text: `この2クラスの評価画像${f.count(support)}枚のうち、${f.count(count)}枚が互いに取り違えられました。`,
      action:
        '「間違えた画像」で該当の画像を確認してください。人によっても判断が割れるなら先に判定基準を決め、そうでなければ境界付近の画像を追加してください。',
    }),
    untested: ({ names }) => ({
      title: `評価できていないクラス：${names.map((name) => `「${name}」`).join('')}`,
      text: '評価用の画像が1枚もないため、どの程度判定できるか分かりません。',
      action: '各クラス20枚以上を評価用フォルダに入れて、評価をやり直してください。',
    }),
    smallTest: ({ images, low, high }) => ({
      title: '評価画像が少なく、正解率の幅が広い',
      text: `評価画像が${f.count(images)}枚なので、実際の正解率は${f.percent(low, 0)}〜${f.percent(high, 0)}のどこにあってもおかしくありません。`,
      action: '評価用の画像を増やしてください。4倍にすると、この幅は半分になります。',
    }),
    fewTest: ({ classes }) => ({
      title: '評価画像の少ないクラスがあります',
      text: `${listed(classes)}。1枚の当たり外れで、そのクラスの成績が${f.percent(1 / Math.max(...classes.map(({ count }) => count)), 0)}以上動きます。`,
      action: 'これらのクラスの成績は目安と考え、評価用の画像を追加してください。',
    }),
    overconfident: ({ confidence, accuracy }) => ({
      title: '確信度が実力より高めに出ます',
      text: `確信度は平均${f.percent(confidence, 0)}ですが、実際に当たるのは${f.percent(accuracy, 0)}です。`,
      action:
        '確信度の数字をそのまま信用せず、「確信度は信用できるか」の表を見て、人が確認に回すしきい値を決めてください。',
    }),
    underconfident: ({ confidence, accuracy }) => ({
      title: '確信度が実力より控えめに出ます',
      text: `確信度は平均${f.percent(confidence, 0)}ですが、実際には${f.percent(accuracy, 0)}当たっています。`,
      action:
        '人が確認に回すしきい値は、見かけより低くてもかまいません。「確信度は信用できるか」の表を見て決めてください。',
    }),
    gap: ({ train, val }) => ({
      title: '学習した画像に偏った覚え方をしています（過学習）',
      text: `正解率は、学習に使った画像で${f.percent(train)}、使っていない画像で${f.percent(val)}です。この差は丸暗記によるものです。`,
      action:
        '条件を変えて撮った学習画像を増やすのが最も有効です。次に、画像の水増し（データ拡張）を強めるか、小さいモデルを試してください。',
    }),
  };
};
