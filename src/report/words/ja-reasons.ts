/** The data room's reasons for leaving a file out, as a Japanese engineer would put them; the first that fits is used. */
const reasons: readonly (readonly [RegExp, string])[] = [
  [/0 bytes/, 'ファイルが空（0バイト）'],
  [/no such file/, 'ファイルが見つからない'],
  [/the file cannot be read/, 'ファイルを開けない'],
  [/no picture format/, '画像ファイルではない'],
  [/bombs?\?|the limit is \d+$/, '画素数が上限を超えている'],
  [/the limit is/, 'ファイルサイズが上限を超えている'],
  [/cut short|damaged|ends within|premature|truncated/i, '途中で切れているか、壊れている'],
  [/convert it|save it as|cannot be read|unsupported/i, '対応していない形式'],
];

/** The reason in Japanese with the original behind it; a reason nobody foresaw stays as it is. */
export function reasonInJapanese(reason: string): string {
  const known = reasons.find(([pattern]) => pattern.test(reason));
  return known ? `${known[1]}（${reason}）` : reason;
}
