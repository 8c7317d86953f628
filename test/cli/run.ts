import { vi } from 'vitest';

/** Runs a command as `npm run vivavoce` does, and keeps what it writes. */
export async function output(
  run: (argv: string[]) => Promise<number>,
  ...argv: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const written = { stdout: '', stderr: '' };
  const keep = (stream: 'stdout' | 'stderr') =>
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      written[stream] += text;
      return true;
    });
  const spies = [keep('stdout'), keep('stderr')];
  try {
    return { code: await run(argv), ...written };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
