import { progressLine } from '../progress.ts';
import { print } from '../terminal.ts';
import type { Moment } from './play-call.ts';

const clock = (second: number) =>
  `${String(Math.floor(second / 60)).padStart(2, '0')}:${String(second % 60).padStart(2, '0')}`;

/** The verdict of a moment, in one line: columns of a fixed width, as lines come one by one. */
function lineOf({ second, who, check }: Moment): string {
  const { authentication, authenticationScore, fraud, fraudScore } = check;
  const cells = [clock(second), who.padEnd(13), authentication.padEnd(17), authenticationScore.padStart(3)];
  return [...cells, fraud.padEnd(12), fraudScore.padStart(3)].join('  ').trimEnd();
}

const HEADER = ['time ', 'on the line'.padEnd(13), 'authentication'.padEnd(17), '   ', 'fraud'].join('  ');

/** Shows a call's verdict as it changes: a line for each change, and where that is a terminal, each second. */
export function showMoments(): { show: (moment: Moment) => void; end: () => void } {
  const progress = progressLine('');
  let last: string | undefined;
  return {
    show(moment) {
      if (last === undefined) print(HEADER);
      const { who, check } = moment;
      const state = `${who} ${check.authentication} ${check.fraud}`;
      if (state === last) return progress.show(lineOf(moment));
      progress.end();
      print(lineOf(moment));
      last = state;
    },
    end: progress.end,
  };
}
