const DAY_MS = 24 * 3600 * 1000;
const words = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

/** How long ago something was, in words: days up to two months, then months, then years. */
export function ago(moment: Date, now: Date): string {
  const days = Math.floor((now.getTime() - moment.getTime()) / DAY_MS);
  if (days < 60) return words.format(-days, 'day');
  const months = Math.floor(days / 30.44);
  return months < 24 ? words.format(-months, 'month') : words.format(-Math.floor(days / 365.25), 'year');
}
