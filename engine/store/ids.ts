import { createHmac, randomInt } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const LENGTH = 22;
/** Base-62 digits of a time in milliseconds: enough until the year 8000. */
const TIME_DIGITS = 8;

function randomText(length: number): string {
  return Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}

/** 22 letters and digits, at random. */
export function randomId(): string {
  return randomText(LENGTH);
}

/** 22 letters and digits that sort by time: what a list in order of creation needs. */
export function timeOrderedId(now: Date): string {
  let rest = now.getTime();
  let digits = '';
  for (let i = 0; i < TIME_DIGITS; i++) {
    digits = `${ALPHABET[rest % ALPHABET.length]}${digits}`;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return digits + randomText(LENGTH - TIME_DIGITS);
}

/**
 * The generated id (`id#…`) of a customer's speaker: keyed, so that nobody without the key finds the customer's id, and
 * the same each time, so that a speaker is one item that both ids find.
 */
export function generatedSpeakerId(key: Uint8Array, domainId: string, customerSpeakerId: string): string {
  let number = BigInt(`0x${createHmac('sha256', key).update(`${domainId}\n${customerSpeakerId}`).digest('hex')}`);
  let text = '';
  for (let i = 0; i < LENGTH; i++) {
    text += ALPHABET[Number(number % 62n)];
    number /= 62n;
  }
  return `id#${text}`;
}
