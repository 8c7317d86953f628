/**
 * A name for a manifest that is dropped again. A run's `retry.json` is in a folder of its own under that of its manifest:
 * `calls/monday/Gk3…/JobId/retry.json` → `monday-retry`; and of that again `monday-retry-2`. Any other keeps its name.
 */
export function retryName(key: string): string {
  const segments = key.replace(/\.json$/, '').split('/');
  const name = segments.at(-1) ?? '';
  if (name !== 'retry' || segments.length < 4) return name;
  const stem = segments.at(-4) ?? name;
  const [, first = stem, count] = /^(.*)-retry(?:-(\d+))?$/s.exec(stem) ?? [];
  if (first === stem) return `${stem}-retry`;
  return `${first}-retry-${Number(count ?? 1) + 1}`;
}
