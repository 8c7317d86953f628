import { resolve, sep } from 'node:path';
import { UsageError } from './errors.ts';

/**
 * A key for each file: its name, and of files with the same name as many of the folders above as tell them apart, as in
 * `a/monday.json` and `b/monday.json`.
 * @throws UsageError where one file is named twice.
 */
export function manifestKeys(files: readonly string[]): string[] {
  const paths = files.map((file) => resolve(file).split(sep).filter(Boolean));
  const lengths = files.map(() => 1);
  const keyOf = (index: number) => (paths[index] ?? []).slice(-(lengths[index] ?? 1)).join('/');
  for (;;) {
    const same = [...Map.groupBy(files.keys(), keyOf).values()].filter((indices) => indices.length > 1);
    if (same.length === 0) return files.map((_, index) => keyOf(index));
    for (const indices of same) {
      const longest = Math.max(...indices.map((index) => paths[index]?.length ?? 0));
      for (const index of indices) {
        const length = (lengths[index] ?? 1) + 1;
        if (length > longest) throw new UsageError(`Found ${files[index]} twice, expected each file once.`);
        lengths[index] = length;
      }
    }
  }
}
