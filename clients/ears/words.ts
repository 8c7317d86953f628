import { type Cause, groupByCause } from '../causes.ts';
import type { Examined, Format, Place } from './examine.ts';

/** Something that was measured, as a person reads it. */
export interface Fact {
  what: string;
  found: string;
  /** Whether it is as it should be. */
  fine: boolean;
}

/**
 * Speech fainter than this, in dB below full scale, is told apart less well. Of six synthetic callers of PCM-16, each made
 * fainter in steps, at -51 dB all of the speech was found, and their voices were at a cosine of 0.97 or more from what they
 * were; at -57 dB of 0.94; at -63 dB up to 40 % of the speech was lost, and the cosine was 0.88 at worst.
 */
const FAINT_DB = -55;

export const seconds = (value: number): string => `${value.toFixed(1)} s`;
const percent = (share: number): string => `${Number((share * 100).toFixed(1))} %`;

/** `1:02`, for a place in a recording. */
export function clock(at: number): string {
  const whole = Math.floor(at);
  const two = (value: number) => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

export const formatInWords = ({ container, coding, bits, sampleRate, channels, seconds: length }: Format): string =>
  [
    `${container}, ${coding} of ${bits} bits`,
    `${sampleRate.toLocaleString('en')} Hz`,
    channels === 1 ? 'one channel' : `${channels} channels`,
    clock(length),
  ].join(' · ');

/** Why a recording is refused, and what to do about it; undefined where it is not. */
export function causeOf({ refusal }: Examined): Pick<Cause, 'what' | 'advice'> | undefined {
  if (refusal === null) return undefined;
  return groupByCause([{ requestId: '', errorCode: 400, message: refusal.message }])[0];
}

/** What was measured of a recording; nothing of one that can't be read. */
export function factsOf({ quality, netSpeechSeconds, neededSpeechSeconds }: Examined): Fact[] {
  if (quality === null) return [];
  const { speechLevelDb, fullScaleShare, fullScaleAllowed, missingSeconds, secondVoice } = quality;
  const [more, less] = secondVoice ?? [];
  return [
    {
      what: 'Speech',
      found: `${seconds(netSpeechSeconds)} found, ${neededSpeechSeconds} s are needed`,
      fine: netSpeechSeconds >= neededSpeechSeconds,
    },
    {
      what: 'Voices',
      found:
        more === undefined || less === undefined
          ? netSpeechSeconds === 0
            ? 'none'
            : 'one, as far as can be told'
          : `two: ${seconds(more.seconds)} of one, ${seconds(less.seconds)} of another`,
      fine: secondVoice === null && netSpeechSeconds > 0,
    },
    {
      what: 'Loudness',
      found:
        speechLevelDb === null
          ? 'nothing to measure'
          : `speech at ${speechLevelDb.toFixed(0).replace('-', '−')} dB of full scale${speechLevelDb < FAINT_DB ? ', which is faint: voices are told apart less well. Record at a higher level.' : ''}`,
      fine: speechLevelDb !== null && speechLevelDb >= FAINT_DB,
    },
    {
      what: 'Clipping',
      found: `${percent(fullScaleShare)} of the speech at full scale, up to ${percent(fullScaleAllowed)} passes`,
      fine: fullScaleShare <= fullScaleAllowed,
    },
    {
      what: 'Length',
      found: missingSeconds > 0 ? `${seconds(missingSeconds)} that the header promises are missing` : 'whole',
      // As much as enrolling forgives: some writers count themselves into it, or round up.
      fine: missingSeconds <= 0.5,
    },
  ];
}

export interface Voice {
  name: string;
  tone: 'one' | 'other';
  places: readonly Place[];
}

/** Places with nothing in between, rounding apart, are one. */
function joined(places: readonly Place[]): Place[] {
  const all: Place[] = [];
  for (const { from, to } of places) {
    const last = all.at(-1);
    if (last !== undefined && from - last.to < 0.005) last.to = to;
    else all.push({ from, to });
  }
  return all;
}

/** Who speaks when, as far as it was told apart. */
export function voicesOf({ speech, quality }: Examined): Voice[] {
  const [more, less] = quality?.secondVoice ?? [];
  if (more === undefined || less === undefined) return [{ name: 'speech', tone: 'one', places: joined(speech) }];
  return [
    { name: 'one voice', tone: 'one', places: joined(more.speech) },
    { name: 'another voice', tone: 'other', places: joined(less.speech) },
  ];
}
