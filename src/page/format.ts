import { percentOf } from '../base/text/percent.ts';

/** Languages a report is written in. */
export const languages = ['en', 'ja'] as const;
export type Lang = (typeof languages)[number];

const locales: Record<Lang, string> = { en: 'en-US', ja: 'ja-JP' };

/** Numbers as a reader of the language writes them. */
export type Format = ReturnType<typeof formatFor>;

export function formatFor(lang: Lang) {
  const locale = locales[lang];
  const number = (x: number, options: Intl.NumberFormatOptions = {}) =>
    new Intl.NumberFormat(locale, { maximumFractionDigits: 0, ...options }).format(x);
  const decimal = (x: number, digits: number) =>
    number(x, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const unit = (x: number, name: string, digits: number, unitDisplay: 'short' | 'long' = 'short') =>
    // Never broken between number and unit; Japanese puts its own units right behind the number.
    number(x, { style: 'unit', unit: name, unitDisplay, maximumFractionDigits: digits }).replace(
      ' ',
      lang === 'ja' && unitDisplay === 'long' ? '' : '\u00a0',
    );

  return {
    count: (n: number) => number(n),
    decimal,
    /** A share 0 … 1; what is not quite everything or nothing is never rounded to it. */
    percent(share: number, digits = 1): string {
      const { sign, value } = percentOf(share, digits);
      const decimals = { minimumFractionDigits: sign ? 0 : digits, maximumFractionDigits: digits };
      return sign + number(value / 100, { style: 'percent', ...decimals });
    },
    ms: (x: number) => unit(x, 'millisecond', x < 1 ? 2 : x < 100 ? 1 : 0),
    /** A speed: images in a second, without the unit. */
    speed: (x: number) => decimal(x, x < 10 ? 1 : 0),
    bytes(n: number): string {
      if (n < 1e6) return unit(n / 1e3, 'kilobyte', 0);
      return n < 1e9 ? unit(n / 1e6, 'megabyte', n < 1e7 ? 1 : 0) : unit(n / 1e9, 'gigabyte', 1);
    },
    duration(seconds: number): string {
      if (seconds < 90) return unit(seconds, 'second', 0, 'long');
      if (seconds < 90 * 60) return unit(seconds / 60, 'minute', 0, 'long');
      if (seconds < 48 * 3600) return unit(seconds / 3600, 'hour', seconds < 36000 ? 1 : 0, 'long');
      return unit(seconds / 86400, 'day', seconds < 864000 ? 1 : 0, 'long');
    },
    /** Millions and billions with two figures that matter, e.g. 4.1 M. */
    large(n: number): string {
      return number(n, { notation: 'compact', maximumSignificantDigits: 2 });
    },
    /** An amount with as many decimals as it needs to say something; a currency Intl does not know is written out. */
    money(amount: number, currency: string): string {
      // Two figures that matter, but never fewer decimals than the currency has; none from a hundred on.
      const decimals = amount > 0 && amount < 1 ? Math.max(2, Math.ceil(-Math.log10(amount)) + 1) : undefined;
      const digits = { maximumFractionDigits: amount >= 100 ? 0 : decimals };
      if (lang === 'ja' && currency === 'JPY') return `${number(amount, { maximumFractionDigits: decimals ?? 0 })}円`;
      try {
        return number(amount, { style: 'currency', currency, ...digits });
      } catch {
        return `${number(amount, { maximumFractionDigits: 2 })} ${currency}`;
      }
    },
    /** The day, as the reader's own clock has it; what is no date is returned as it is. */
    date(iso: string): string {
      const date = new Date(iso);
      if (Number.isNaN(date.getTime())) return iso;
      return new Intl.DateTimeFormat(locale, { dateStyle: 'long' }).format(date);
    },
  };
}
