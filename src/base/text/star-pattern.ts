/** Matches whole names, `*` standing for any text. */
export const starPattern = (pattern: string): RegExp => new RegExp(`^${pattern.split('*').map(escaped).join('.*')}$`);

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
