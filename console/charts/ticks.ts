/** Seconds between two marks that people count in. */
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400];
/** More of them would touch each other in a narrow window. */
const MOST = 7;

/** Round places along a time of so many seconds, from 0 on. */
export function timeTicks(length: number): number[] {
  const step = STEPS.find((each) => length / each <= MOST) ?? Math.ceil(length / MOST);
  return Array.from({ length: Math.floor(length / step) + 1 }, (_, i) => i * step);
}
