/** A line on standard error that is written over, where that is a terminal; nothing elsewhere. */
export function progressLine(label: string): { show: (text: string) => void; end: () => void } {
  const { stderr } = process;
  return {
    show: (text) => void (stderr.isTTY && stderr.write(`\r\x1b[K${label} ${text}`)),
    end: () => void (stderr.isTTY && stderr.write('\r\x1b[K')),
  };
}
