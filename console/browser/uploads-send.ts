import type { PathFile } from './uploads-files.ts';

/** A recording on its way: the file, and its key in the bucket. */
export interface Recording {
  key: string;
  file: PathFile;
}

export interface Failure {
  recording: Recording;
  why: string;
}

/** How many are on their way at once. */
const AT_ONCE = 4;

function send(
  { key, file }: Recording,
  url: string,
  signal: AbortSignal,
  sent: (bytes: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    // fetch does not tell how much of a body has left.
    const request = new XMLHttpRequest();
    request.open('POST', url);
    request.setRequestHeader('content-type', 'audio/wav');
    request.setRequestHeader('x-recording-key', encodeURIComponent(key.toWellFormed()));
    request.upload.addEventListener('progress', ({ loaded }) => sent(loaded));
    request.addEventListener('load', () => {
      if (request.status === 204) resolve();
      else reject(new Error(request.responseText.slice(0, 300) || `It was answered with ${request.status}.`));
    });
    request.addEventListener('error', () => reject(new Error('It could not be read, or the console does not answer.')));
    request.addEventListener('abort', () => reject(new Error('It was cancelled.')));
    signal.addEventListener('abort', () => request.abort(), { once: true });
    request.send(file.file);
  });
}

/**
 * Uploads recordings, several at once.
 * @param look told of the bytes and recordings that are there, whenever that changes
 * @returns those that failed; all that were not sent yet where it was cancelled
 */
export async function sendRecordings(
  recordings: readonly Recording[],
  { url, signal, look }: { url: string; signal: AbortSignal; look: (bytes: number, count: number) => void },
): Promise<Failure[]> {
  const failures: Failure[] = [];
  const bytes = new Map<Recording, number>();
  let count = 0;
  const tell = () => {
    let sum = 0;
    for (const each of bytes.values()) sum += each;
    look(sum, count);
  };
  const waiting = recordings.values();
  const work = async () => {
    for (const recording of waiting) {
      if (signal.aborted) {
        failures.push({ recording, why: 'It was cancelled.' });
        continue;
      }
      try {
        await send(recording, url, signal, (sent) => {
          bytes.set(recording, Math.min(sent, recording.file.file.size));
          tell();
        });
        bytes.set(recording, recording.file.file.size);
        count++;
      } catch (error) {
        bytes.delete(recording);
        failures.push({ recording, why: error instanceof Error ? error.message : String(error) });
      }
      tell();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return failures;
}
