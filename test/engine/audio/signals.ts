import { generator } from '../../../cli/evaluate/error-rates.ts';
import { SAMPLE_RATE } from '../../../engine/audio/wav.ts';

/** Uniform in [0, 1), the same for the same seed. */
export const random = generator;

export function signal(seconds: number, value: (seconds: number, i: number) => number): Float32Array {
  return Float32Array.from({ length: Math.round(seconds * SAMPLE_RATE) }, (_, i) => value(i / SAMPLE_RATE, i));
}

export const silence = (seconds: number) => signal(seconds, () => 0);

export function noise(seconds: number, level = 0.3): Float32Array {
  const draw = random(7);
  return signal(seconds, () => level * (2 * draw() - 1));
}

export const tone = (seconds: number, hz = 440) => signal(seconds, (at) => 0.5 * Math.sin(2 * Math.PI * hz * at));

export const chord = (seconds: number) =>
  signal(seconds, (at) => [261.6, 329.6, 392].reduce((sum, hz) => sum + 0.2 * Math.sin(2 * Math.PI * hz * at), 0));

/** An arpeggio over a bass and a beat: plucked notes with overtones, four a second. */
export function holdMusic(seconds: number): Float32Array {
  const draw = random(3);
  const melody = [261.6, 329.6, 392, 523.3, 392, 329.6, 293.7, 349.2, 440, 587.3, 440, 349.2];
  const beat = Float32Array.from({ length: SAMPLE_RATE }, () => 2 * draw() - 1);
  return signal(seconds, (at, i) => {
    const note = melody[Math.floor(at * 4) % melody.length] ?? 440;
    const since = at % 0.25;
    const pluck = [1, 0.5, 0.25, 0.12].reduce(
      (sum, strength, k) =>
        sum + strength * Math.sin(2 * Math.PI * note * (k + 1) * at) * Math.exp(-since * (6 + 3 * k)),
      0,
    );
    const bass = 0.4 * Math.sin(2 * Math.PI * 98 * at);
    const hat = at % 0.5 < 0.04 ? 0.15 * (beat[i % SAMPLE_RATE] ?? 0) : 0;
    return 0.25 * (pluck + bass) + hat;
  });
}

/** As a telephone rings in North America: 440 and 480 Hz, two seconds of six. */
export const ringing = (seconds: number) =>
  signal(seconds, (at) =>
    at % 6 < 2 ? 0.2 * (Math.sin(2 * Math.PI * 440 * at) + Math.sin(2 * Math.PI * 480 * at)) : 0,
  );

/** A busy line: 480 and 620 Hz, half a second on and off. */
export const busy = (seconds: number) =>
  signal(seconds, (at) =>
    at % 1 < 0.5 ? 0.2 * (Math.sin(2 * Math.PI * 480 * at) + Math.sin(2 * Math.PI * 620 * at)) : 0,
  );

/** Keys pressed on a telephone: pairs of tones, five a second. */
export function dialled(seconds: number): Float32Array {
  const low = [697, 770, 852, 941];
  const high = [1209, 1336, 1477];
  return signal(seconds, (at) => {
    const key = Math.floor(at * 5);
    const [one, other] = [low[(key * 7) % 4] ?? 0, high[(key * 5) % 3] ?? 0];
    return at % 0.2 < 0.12 ? 0.25 * (Math.sin(2 * Math.PI * one * at) + Math.sin(2 * Math.PI * other * at)) : 0;
  });
}

/** Mains hum and its harmonics under faint noise. */
export function hum(seconds: number): Float32Array {
  const draw = random(11);
  return signal(
    seconds,
    (at) =>
      [1, 0.5, 0.3, 0.2].reduce((sum, level, k) => sum + 0.1 * level * Math.sin(2 * Math.PI * 50 * (k + 1) * at), 0) +
      0.005 * (2 * draw() - 1),
  );
}

/** Many voices at once, each beginning elsewhere: nobody's. */
export function crowd(voices: readonly Float32Array[], seconds: number): Float32Array {
  const draw = random(13);
  const starts = voices.map((voice) => Math.floor(draw() * voice.length));
  return signal(seconds, (_, i) =>
    voices.reduce(
      (sum, voice, k) => sum + (0.3 / voices.length) * (voice[((starts[k] ?? 0) + i) % voice.length] ?? 0),
      0,
    ),
  );
}
