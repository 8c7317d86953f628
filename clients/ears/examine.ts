import type { VoiceIDClient } from '@aws-sdk/client-voice-id';
import { z } from 'zod';
import { askEngine } from '../ask-engine.ts';

/** A recording as a request to the engine carries it: the file itself, or where it is, for the engine to read. */
export type Sound = { file: Uint8Array; name: string } | { s3Uri: string };

export const bodyOf = (sound: Sound): { body: Uint8Array; contentType: string } =>
  'file' in sound
    ? { body: sound.file, contentType: 'audio/wav' }
    : { body: Buffer.from(sound.s3Uri), contentType: 'text/uri-list' };

/** Seconds from the recording's beginning. */
const span = z.object({ from: z.number(), to: z.number() });

const members = {
  channelId: z.number(),
  neededSpeechSeconds: z.number(),
  refusal: z.object({ kind: z.string(), message: z.string() }).nullable(),
  listenedTo: z.array(span),
  speech: z.array(span),
  netSpeechSeconds: z.number(),
};

const format = z.object({
  container: z.string(),
  coding: z.string(),
  bits: z.number(),
  sampleRate: z.number(),
  channels: z.number(),
  seconds: z.number(),
});

const waveform = z.object({
  seconds: z.number(),
  stretches: z.array(z.tuple([z.number(), z.number()])),
});

const quality = z.object({
  speechLevelDb: z.number().nullable(),
  peakDb: z.number().nullable(),
  fullScaleShare: z.number(),
  fullScaleAllowed: z.number(),
  missingSeconds: z.number(),
  secondVoice: z.array(z.object({ seconds: z.number(), speech: z.array(span) })).nullable(),
});

/** What the engine answers at `/_recordings`; docs/SUPPORT.md explains each member. */
export const examinedSchema = z.object({
  ...members,
  format: format.nullable(),
  waveform: waveform.nullable(),
  quality: quality.nullable(),
});

export type Examined = z.infer<typeof examinedSchema>;
export type Place = z.infer<typeof span>;
export type Quality = z.infer<typeof quality>;
export type Waveform = z.infer<typeof waveform>;
export type Format = z.infer<typeof format>;

/** A name that a shell takes as it is between quotation marks, as the engine's advice puts it. */
const PLAIN = /^[\w .()+-]+$/;

/** The engine does not know what a file is called that it is sent: `recording.wav` stands for it. */
function nameIn(message: string, name: string): string {
  if (!PLAIN.test(name)) return message;
  return message
    .replaceAll('recording-8k.wav', `${name.replace(/\.[^.]*$/, '')}-8k.wav`)
    .replaceAll('recording.wav', name);
}

/** A recording as enrolling hears it. @throws CommandError where the engine refuses, or is none of ours. */
export async function examine(voiceId: VoiceIDClient, sound: Sound, channelId: number): Promise<Examined> {
  const examined = examinedSchema.parse(
    await askEngine(voiceId, '/_recordings', { channelId: String(channelId) }, bodyOf(sound)),
  );
  const { refusal } = examined;
  if (refusal === null || !('file' in sound)) return examined;
  return { ...examined, refusal: { ...refusal, message: nameIn(refusal.message, sound.name) } };
}
