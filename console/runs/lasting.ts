const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A time that passed, in its two largest units: `0.4 s`, `12 s`, `4 min 10 s`, `2 h 5 min`, `3 d 2 h`. */
export function lasting(ms: number): string {
  if (ms < 10 * SECOND) return `${Math.round(Math.max(0, ms) / 100) / 10} s`;
  const whole = Math.round(ms / SECOND) * SECOND;
  for (const [unit, name, lower, lowerName] of [
    [DAY, 'd', HOUR, 'h'],
    [HOUR, 'h', MINUTE, 'min'],
    [MINUTE, 'min', SECOND, 's'],
  ] as const) {
    if (whole < unit) continue;
    const rest = Math.floor((whole % unit) / lower);
    return `${Math.floor(whole / unit)} ${name}${rest === 0 ? '' : ` ${rest} ${lowerName}`}`;
  }
  return `${whole / SECOND} s`;
}
