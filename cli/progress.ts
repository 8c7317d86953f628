/** A line on standard error that is written over, where that is a terminal; nothing elsewhere. */
export function progressLine(label: string): {
  /** Whether somebody sees it. */
  shown: boolean;
  show: (text: string) => void;
  end: () => void;
} {
  const { stderr } = process;
  return {
    shown: stderr.isTTY,
    show: (text) => void (stderr.isTTY && stderr.write(`\r\x1b[K${label} ${text}`)),
    end: () => void (stderr.isTTY && stderr.write('\r\x1b[K')),
  };
}
