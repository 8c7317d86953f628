import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { callers } from '../../cli/demo/callers.ts';
import { calibrationOf } from '../../cli/evaluate/calibrate.ts';
import {
  ascending,
  equalErrorPoint,
  errorRate,
  operatingPoints,
  ratesAt,
  similarityAtFalseAcceptRate,
} from '../../cli/evaluate/error-rates.ts';
import { findSpeakers } from '../../cli/evaluate/find-speakers.ts';
import { plainCosine, printsOfSpeakers, similarityInFolder } from '../../cli/evaluate/folder-domain.ts';
import { probit } from '../../cli/evaluate/plots.ts';
import { saveCalibration } from '../../cli/evaluate/save-calibration.ts';
import { enrolledTrials, pairTrials, type Trial } from '../../cli/evaluate/trials.ts';
import { CommandError } from '../../clients/errors.ts';
import { readDescription, readModel, STARTER_DIRECTORY } from '../../engine/voiceprint/model.ts';
import { recordCall } from '../speech.ts';

const same = (...values: number[]): Trial[] => values.map((similarity, i) => ({ a: i % 3, b: i % 3, similarity }));
const different = (...values: number[]): Trial[] =>
  values.map((similarity, i) => ({ a: i % 3, b: (i + 1) % 3, similarity }));

const unit = (angle: number) => Float32Array.of(Math.cos(angle), Math.sin(angle));
const utterances = [0, 1, 2].flatMap((speaker) =>
  [0, 1, 2, 3].map((i) => ({ speaker, embedding: unit(speaker + i / 100), netSpeechSeconds: 12 })),
);

describe('the equal error rate', () => {
  test.each([
    [same(3, 4), different(1, 2), 0],
    [same(1, 2), different(3, 4), 1],
    [same(1, 3, 3, 3), different(0, 0, 0, 2), 0.25],
    [same(2, 2), different(2, 2), 0.5],
  ])('of known trials is known (%#)', (own, others, rate) => {
    expect(errorRate([...own, ...others], 3).equalErrorRate).toBeCloseTo(rate);
  });

  test('lies within its confidence bounds, and those within 0 and 1', () => {
    const trial = fc.record({ a: fc.nat(4), b: fc.nat(4), similarity: fc.double({ min: -1, max: 1, noNaN: true }) });
    fc.assert(
      fc.property(fc.array(trial, { minLength: 2, maxLength: 60 }), (trials) => {
        const { equalErrorRate, confidence95 } = errorRate(trials, 5);
        if (equalErrorRate === null || confidence95 === null) return;
        const [low, high] = confidence95;
        expect(low).toBeGreaterThanOrEqual(0);
        expect(low).toBeLessThanOrEqual(equalErrorRate);
        expect(high).toBeGreaterThanOrEqual(equalErrorRate);
        expect(high).toBeLessThanOrEqual(1);
      }),
      { numRuns: 30 },
    );
  });

  test('is null, not a number, where nothing can be compared', () => {
    expect(errorRate(same(1, 2), 3)).toMatchObject({ equalErrorRate: null, confidence95: null });
  });

  test('weighs speakers as they were drawn', () => {
    const trials = ascending([
      { a: 0, b: 0, similarity: 1 },
      { a: 1, b: 1, similarity: -1 },
      { a: 0, b: 1, similarity: 0 },
    ]);
    expect(equalErrorPoint(operatingPoints(trials, [2, 0])).rate).not.toBe(
      equalErrorPoint(operatingPoints(trials)).rate,
    );
  });
});

describe('thresholds', () => {
  test('at a false accept rate accept no more strangers than that', () => {
    const values = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 20, maxLength: 200 });
    fc.assert(
      fc.property(values, fc.double({ min: 0.001, max: 0.5, noNaN: true }), (others, share) => {
        const trials = different(...others);
        const at = similarityAtFalseAcceptRate(trials, share);
        expect(ratesAt(trials, at, 3).falseAccepts?.rate).toBeLessThanOrEqual(share + 1e-9);
      }),
    );
  });

  test('from too few speakers are refused', () => {
    expect(() => calibrationOf(utterances)).toThrow(CommandError);
    expect(() => calibrationOf(utterances)).toThrow(/expected at least 10 and 1000/);
  });
});

describe('trials', () => {
  test('of pairs are every pair once', () => {
    const trials = pairTrials(utterances, plainCosine);
    expect(trials.length).toBe((12 * 11) / 2);
    expect(trials.filter(({ a, b }) => a === b).length).toBe(3 * 6);
  });

  test('of enrollments never compare a recording with itself', () => {
    const trials = enrolledTrials(utterances, plainCosine);
    // 12 s each: three make 30 s, one is left; four ways to begin, three speakers.
    expect(trials.filter(({ a, b }) => a === b).length).toBe(12);
    expect(trials.filter(({ a, b }) => a !== b).length).toBe(12 * 8);
  });

  test('of enrollments are none where nobody speaks for 30 s', () => {
    expect(
      enrolledTrials(
        utterances.map((utterance) => ({ ...utterance, netSpeechSeconds: 5 })),
        plainCosine,
      ),
    ).toEqual([]);
  });
});

describe('the folder as a domain', () => {
  const prior = { closest: 0.9, mean: 0, deviation: 0.2 };

  test('has one voiceprint a speaker', () => {
    expect(printsOfSpeakers(utterances).ids).toEqual(['0', '1', '2']);
  });

  test('leaves the two that are compared out of its strangers', () => {
    const [one, other, stranger] = utterances.filter((_, i) => i % 4 === 0);
    if (one === undefined || other === undefined || stranger === undefined) throw new Error('Three are there.');
    const without = similarityInFolder(printsOfSpeakers([stranger]), prior);
    const all = similarityInFolder(printsOfSpeakers([one, other, stranger]), prior);
    expect(all(one, other)).toBeCloseTo(without(one, other), 6);
  });
});

test('the normal quantile is right to three digits', () => {
  for (const [p, z] of [
    [0.5, 0],
    [0.975, 1.95996],
    [0.1, -1.28155],
    [0.01, -2.32635],
    [0.999, 3.09023],
  ] as const) {
    expect(probit(p)).toBeCloseTo(z, 3);
  }
});

describe('the command', () => {
  let directory: string;
  const main = new URL('../../cli/main.ts', import.meta.url).pathname;
  const evaluate = (...argv: string[]) =>
    promisify(execFile)(process.execPath, [main, 'evaluate', ...argv, '--data-dir', join(directory, 'data')]);

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'vivavoce-evaluate-'));
    await Promise.all(
      callers.slice(0, 3).map(async (caller, i) => {
        const folder = join(directory, 'voices', `caller-${i}`);
        await mkdir(folder, { recursive: true });
        for (const first of [0, 2, 4])
          await writeFile(join(folder, `${first}.wav`), await recordCall(caller, first, 1));
      }),
    );
    await writeFile(join(directory, 'voices', 'caller-0', 'broken.wav'), 'no WAV');
    for (const caller of ['caller-0', 'caller-1']) {
      await mkdir(join(directory, 'few', caller), { recursive: true });
      for (const file of ['0.wav', '2.wav']) {
        await copyFile(join(directory, 'voices', caller, file), join(directory, 'few', caller, file));
      }
    }
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  const rate = z.object({ equalErrorRate: z.number(), confidence95: z.tuple([z.number(), z.number()]) });

  test('measures folders of recordings, leaves out what can not be used and says so, and draws plots', async () => {
    const plots = join(directory, 'plots');
    const { stdout } = await evaluate(join(directory, 'voices'), '--json', '--plots', plots);
    const evaluation = z
      .object({ speakers: z.number(), skipped: z.array(z.string()), pairs: rate, timesRealTime: z.number() })
      .parse(JSON.parse(stdout));
    expect(evaluation.speakers).toBe(3);
    expect(evaluation.pairs.equalErrorRate).toBeLessThan(0.2);
    expect(evaluation.skipped.join()).toMatch(/broken\.wav/);
    for (const name of ['det', 'similarities', 'calibration']) {
      expect(await readFile(join(plots, `${name}.svg`), 'utf8')).toMatch(/^<svg[\s\S]*<\/svg>\n$/);
    }
  });

  test('tells a model without calibration to get one, by its bare file', async () => {
    const file = join(directory, 'bare.onnx');
    await copyFile(join(STARTER_DIRECTORY, 'model.onnx'), file);
    const { stdout } = await evaluate(join(directory, 'few'), '--model', file);
    expect(stdout).toMatch(/Add --calibrate/);
  });

  test('refuses to calibrate on a handful of voices', async () => {
    await expect(evaluate(join(directory, 'few'), '--calibrate')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/expected at least 10 and 1000/),
    });
  });

  test('keeps with another calibration nothing that was measured by the one of before', async () => {
    const starter = await readModel();
    const { calibration } = starter;
    if (calibration === undefined) throw new Error('The starter has no calibration.');
    expect(starter.measured).not.toEqual([]);
    const changed = { ...calibration, acceptAt: calibration.acceptAt + 0.01 };
    const file = await saveCalibration(starter, changed, join(directory, 'data'));
    expect(await readDescription(dirname(file))).toEqual({
      ...(await readDescription()),
      calibration: changed,
      measured: undefined,
    });
  });

  test('says what a directory should hold', async () => {
    await expect(findSpeakers(join(directory, 'voices', 'caller-0'))).rejects.toThrow(/one folder per speaker/);
    await expect(findSpeakers(join(directory, 'nowhere'))).rejects.toThrow(CommandError);
  });
});
