import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sherpa from 'sherpa-onnx-node';
import { callers, recordCall } from '../cli/demo/callers.ts';
import { priorOf } from '../cli/evaluate/calibrate.ts';
import type { Utterance } from '../cli/evaluate/embed-speakers.ts';
import { errorRate } from '../cli/evaluate/error-rates.ts';
import { findSpeakers, type SpeakerFolder } from '../cli/evaluate/find-speakers.ts';
import { plainCosine, printsOfSpeakers, similarityInFolder } from '../cli/evaluate/folder-domain.ts';
import { enrolledTrials, pairTrials, type Similarity } from '../cli/evaluate/trials.ts';
import { VoiceActivity } from '../engine/audio/voice-activity.ts';
import { readWav, SAMPLE_RATE } from '../engine/audio/wav.ts';
import { Extractor } from '../engine/voiceprint/extractor.ts';
import { readModel } from '../engine/voiceprint/model.ts';
import { normalized } from '../engine/voiceprint/score.ts';

export interface Benchmark {
  title: string;
  columns: string[];
  rows: (string | number)[][];
}

interface Heard {
  speaker: number;
  file: string;
  bytes: Uint8Array;
  speech: Float32Array;
}

/** Seconds of this thread's processor time that it took: other load on the machine counts less than in wall time. */
function cpuSeconds(work: () => void): number {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1e6;
}

async function synthesize(directory: string, full: boolean): Promise<void> {
  for (const [i, caller] of callers.entries()) {
    await mkdir(join(directory, `caller-${i}`), { recursive: true });
    for (let first = 0; first < (full ? 8 : 4); first++) {
      await writeFile(join(directory, `caller-${i}`, `${first}.wav`), await recordCall(caller, first, 2));
    }
  }
}

const percent = (rate: number | null) => (rate === null ? '-' : Number((rate * 100).toFixed(2)));

function errors(utterances: readonly Utterance[], similarity: Similarity, speakers: number) {
  return [pairTrials(utterances, similarity), enrolledTrials(utterances, similarity)].map((trials) =>
    percent(errorRate(trials, speakers).equalErrorRate),
  );
}

async function listen(speakers: readonly SpeakerFolder[], activity: VoiceActivity): Promise<Heard[]> {
  const heard: Heard[] = [];
  for (const [speaker, { files }] of speakers.entries()) {
    for (const file of files) {
      const bytes = await readFile(file);
      const speech = activity.speech(readWav(bytes, 0, file), Number.POSITIVE_INFINITY);
      if (speech.length >= SAMPLE_RATE) heard.push({ speaker, file, bytes, speech });
    }
  }
  return heard;
}

/**
 * Speech embedded per second of one core, beside the bare native call, and the error rates of each. On the synthetic
 * callers, or a folder per speaker of 8 kHz WAV files named by VIVAVOCE_RECORDINGS.
 */
export async function run({ full }: { full: boolean }): Promise<Benchmark> {
  const own = process.env.VIVAVOCE_RECORDINGS;
  const directory = own ?? (await mkdtemp(join(tmpdir(), 'vivavoce-bench-')));
  try {
    if (own === undefined) await synthesize(directory, full);
    const speakers = await findSpeakers(directory);
    const model = await readModel();
    const extractor = new Extractor(model);
    const activity = new VoiceActivity();
    const heard = await listen(speakers, activity);
    const seconds = heard.reduce((sum, { speech }) => sum + speech.length / SAMPLE_RATE, 0);
    const native = new sherpa.SpeakerEmbeddingExtractor({ model: model.file, numThreads: 1, debug: false });

    const utterances: Utterance[] = [];
    const bare: Utterance[] = [];
    const of = ({ speaker, speech }: Heard, embedding: Float32Array): Utterance => ({
      speaker,
      embedding,
      netSpeechSeconds: speech.length / SAMPLE_RATE,
    });
    const times = { bare: 0, embed: 0, recording: 0 };
    // Interleaved, so that what else the machine does falls on all alike.
    for (const each of heard) {
      times.bare += cpuSeconds(() => {
        const stream = native.createStream();
        stream.acceptWaveform({ sampleRate: SAMPLE_RATE, samples: each.speech });
        stream.inputFinished();
        bare.push(of(each, normalized(native.compute(stream, false))));
      });
      times.embed += cpuSeconds(() => void utterances.push(of(each, extractor.embed(each.speech))));
      times.recording += cpuSeconds(() => {
        extractor.embed(activity.speech(readWav(each.bytes, 0, each.file), Number.POSITIVE_INFINITY));
      });
    }
    const speed = (cpu: number, spoken = seconds) => Math.round(spoken / cpu);
    const ratio = (cpu: number, spoken = seconds) => Number((spoken / cpu / (seconds / times.bare)).toFixed(2));
    const prior = model.calibration?.prior ?? { ...priorOf(utterances), closest: 1 };
    const inDomain = similarityInFolder(printsOfSpeakers(utterances), prior);
    const rows: (string | number)[][] = [
      ['sherpa-onnx, the bare call, plain cosine', speed(times.bare), 1, ...errors(bare, plainCosine, speakers.length)],
      [
        'Vivavoce, speech to voiceprint',
        speed(times.embed),
        ratio(times.embed),
        ...errors(utterances, inDomain, speakers.length),
      ],
      ['Vivavoce, WAV file to voiceprint', speed(times.recording), ratio(times.recording), '', ''],
    ];
    return {
      title: `Embedding ${Math.round(seconds)} s of ${own === undefined ? 'synthetic' : 'real'} speech of ${speakers.length} voices`,
      columns: ['what', 'speech s per CPU s', 'times the bare call', 'pairs EER, %', '30 s enrolled EER, %'],
      rows,
    };
  } finally {
    if (own === undefined) await rm(directory, { recursive: true, force: true });
  }
}
