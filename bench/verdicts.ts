import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { callers, recordCall } from '../cli/demo/callers.ts';
import type { BenchTable } from './table.ts';
import { type EnrolledDomain, withEngine } from './verdicts/domain.ts';
import { type Person, readPeople } from './verdicts/people.ts';
import { type Outcome, type Rate, rateOf } from './verdicts/rate.ts';

const ENROLLMENT_SECONDS = 60;
const CALL_SECONDS = 15;
/** Calls of each person. */
const CALLS = { usual: 4, full: 20 };
/** People enrolled alone, each in a domain of its own. */
const ALONE = { usual: 6, full: 1000 };
/** Of three people two are enrolled, in three turns: each is a stranger once. */
const TURNS = 3;
/** The default thresholds. */
const ACCEPTED = 90;
const FLAGGED = 20;

/** What came out for calls of one kind, by who was enrolled and who called. */
interface Outcomes {
  strangersAccepted: Outcome[];
  strangersFlagged: Outcome[];
  ownTurnedAway: Outcome[];
  strangersAtRisk: Outcome[];
  ownNotAtRisk: Outcome[];
  undecided: number;
  notEnrolled: Set<string>;
}

const none = (): Outcomes => ({
  strangersAccepted: [],
  strangersFlagged: [],
  ownTurnedAway: [],
  strangersAtRisk: [],
  ownNotAtRisk: [],
  undecided: 0,
  notEnrolled: new Set(),
});

/** Everybody's calls against a domain: strangers' against every print, the enrolled's against their own. */
async function call(
  people: readonly Person[],
  enrolled: readonly Person[],
  domain: EnrolledDomain,
  outcomes: Outcomes,
): Promise<void> {
  const there = enrolled.filter(({ name }) => !domain.refused.has(name));
  for (const name of domain.refused.keys()) outcomes.notEnrolled.add(name);
  const calls = people.flatMap((person, caller) =>
    person.calls.map((recording, i) => ({ person, caller, recording, session: `p${caller}-c${i}` })),
  );
  const left = calls.values();
  const worker = async () => {
    for (const { person, caller, recording, session } of left) {
      const own = enrolled.includes(person);
      const claimed = own ? there.filter((one) => one === person) : there;
      const names = claimed.map(({ name }) => name);
      const verdicts = await domain.judge(session, recording, names);
      for (const [i, { score }] of verdicts.entries()) {
        if (score === undefined) {
          outcomes.undecided++;
          continue;
        }
        const print = people.findIndex(({ name }) => name === names[i]);
        if (own) outcomes.ownTurnedAway.push({ people: [caller], wrong: score < ACCEPTED });
        else {
          outcomes.strangersAccepted.push({ people: [print, caller], wrong: score >= ACCEPTED });
          outcomes.strangersFlagged.push({ people: [print, caller], wrong: score >= FLAGGED });
        }
      }
      const risk = verdicts[0]?.risk;
      if (risk === undefined) continue;
      if (own) outcomes.ownNotAtRisk.push({ people: [caller], wrong: risk < FLAGGED });
      else outcomes.strangersAtRisk.push({ people: [caller], wrong: risk >= FLAGGED });
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}

const shown = (rate: Rate | undefined) => {
  if (rate === undefined) return '-';
  const [low, high] = rate.confidence95.map((value) => Math.round(value * 100));
  return `${(rate.rate * 100).toFixed(1)} (${low}-${high}) ${rate.wrong}/${rate.of}`;
};

function row(name: string, who: string, people: readonly Person[], outcomes: Outcomes): (string | number)[] {
  const rate = (of: readonly Outcome[]) => shown(rateOf(of, people.length));
  return [
    name,
    who,
    people.length,
    rate(outcomes.strangersAccepted),
    rate(outcomes.strangersFlagged),
    rate(outcomes.ownTurnedAway),
    rate(outcomes.strangersAtRisk),
    rate(outcomes.ownNotAtRisk),
    outcomes.notEnrolled.size,
    outcomes.undecided,
  ];
}

async function synthesize(directory: string): Promise<void> {
  for (const [i, caller] of callers.entries()) {
    await mkdir(join(directory, `caller-${i}`), { recursive: true });
    for (let first = 0; first < 8; first++) {
      await writeFile(join(directory, `caller-${i}`, `${first}.wav`), await recordCall(caller, first, 2));
    }
  }
}

/**
 * Verdicts through the API: people enrolled by a manifest, others' calls held against every print and their own against
 * their own. Two thirds enrolled, each third the strangers once; then a single one enrolled, in turn. The enrolled are on
 * the watchlist, too: a call's risk is that against all of it. `refused`: people whom the job did not enroll; `too short`:
 * verdicts without a score.
 */
export async function run({
  full,
  sets,
  model,
}: {
  full: boolean;
  sets: readonly string[];
  model?: string | undefined;
}): Promise<BenchTable> {
  const own = sets.length === 0 ? await mkdtemp(join(tmpdir(), 'vivavoce-bench-')) : undefined;
  try {
    if (own !== undefined) await synthesize(own);
    const rows: (string | number)[][] = [];
    for (const set of own === undefined ? sets : [own]) {
      const name = own === undefined ? basename(set) : 'synthetic callers';
      const { people, leftOut } = await readPeople(set, {
        enrollmentSeconds: own === undefined ? ENROLLMENT_SECONDS : 35,
        callSeconds: CALL_SECONDS,
        calls: full ? CALLS.full : CALLS.usual,
      });
      if (leftOut > 0) process.stderr.write(`${name}: ${leftOut} people left out, too little speech.\n`);
      await withEngine(model, async (enrolledDomain) => {
        const together = none();
        for (let turn = 0; turn < TURNS; turn++) {
          const enrolled = people.filter((_, i) => i % TURNS !== turn);
          await enrolledDomain(enrolled, (domain) => call(people, enrolled, domain, together));
        }
        rows.push(row(name, 'two thirds', people, together));
        const alone = none();
        for (const person of people.slice(0, full ? ALONE.full : ALONE.usual)) {
          await enrolledDomain([person], (domain) => call(people, [person], domain, alone));
        }
        rows.push(row(name, 'a single one', people, alone));
      });
    }
    return {
      title: `Verdicts through the API: ${ENROLLMENT_SECONDS} s enrolled, calls of ${CALL_SECONDS} s; % (95% confidence, bootstrap over people) how many of how many`,
      columns: [
        'set',
        'enrolled',
        'people',
        `others at ${ACCEPTED}`,
        `others at ${FLAGGED}`,
        `own below ${ACCEPTED}`,
        `others, risk ${FLAGGED}`,
        `watched, below ${FLAGGED}`,
        'refused',
        'too short',
      ],
      rows,
    };
  } finally {
    if (own !== undefined) await rm(own, { recursive: true, force: true });
  }
}
