/** How urgent a finding is: act before relying on the model, keep in mind, or worth trying. */
export type Level = 'act' | 'careful' | 'try';

/** What is said about a finding: what was seen, what it means, what to do. */
interface Advice {
  readonly title: string;
  readonly text: string;
  readonly action: string;
}

/** A finding in words. */
export interface Told extends Advice {
  readonly kind: string;
  readonly level: Level;
  /** Says that training stopped too early, so that nothing else needs to. */
  readonly unfinished?: boolean;
}

/** One finding of those that `F` names, with the numbers its sentence needs. */
export type FindingOf<F, K extends keyof F = keyof F> = { [P in K]: { kind: P } & F[P] }[K];

/** A sentence for every kind of finding; a kind without one does not compile. */
export type FindingWords<F> = { readonly [K in keyof F]: (finding: FindingOf<F, K>) => Advice };

/** Findings in words, in their order. */
export function told<F>(
  findings: readonly FindingOf<F>[],
  levels: Readonly<Record<keyof F, Level>>,
  words: FindingWords<F>,
): Told[] {
  const say = <K extends keyof F>(finding: FindingOf<F, K>): Told => {
    const kind: K = finding.kind;
    return { ...words[kind](finding), kind: String(kind), level: levels[kind] };
  };
  return findings.map((finding) => say(finding));
}

const order: readonly Level[] = ['act', 'careful', 'try'];

/** The most urgent first. */
export function byLevel(a: Told, b: Told): number {
  return order.indexOf(a.level) - order.indexOf(b.level);
}
