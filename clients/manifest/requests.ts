import { type EnrollmentRequest, MAX_REQUESTS, type Manifest } from '../../functions/enrollment/manifest.ts';
import type { ListedRecording, ListProblem } from './list.ts';

/** A request has at most ten recordings. */
const MOST_RECORDINGS = 10;

/**
 * The requests of a list: a speaker's recordings are one. Requests without an id of their own are `request-1`, `request-2`
 * and so on; ids reach events, so they are not made of speakers' ids.
 */
export function requestsOf(
  recordings: readonly ListedRecording[],
): { requests: EnrollmentRequest[] } | { problems: ListProblem[] } {
  const problems: ListProblem[] = [];
  const ids = new Map<string, string>();
  const bySpeaker = [...Map.groupBy(recordings, ({ speakerId }) => speakerId)];
  for (const [speakerId, rows] of bySpeaker) {
    const given = new Set(rows.flatMap(({ requestId }) => requestId ?? []));
    const { where = '', span = undefined } = rows.at(-1) ?? {};
    const tell = (message: string) => problems.push({ where, message, ...(span !== undefined && { span }) });
    if (rows.length > MOST_RECORDINGS) {
      tell(`Found ${rows.length} recordings of one speaker, expected at most ten.`);
    }
    if (given.size > 1) {
      tell(`Found ${given.size} RequestIds of one speaker, expected one: a speaker's rows are one request.`);
    }
    for (const id of given) {
      const taken = ids.get(id);
      if (taken !== undefined && taken !== speakerId) {
        tell(`Found the RequestId '${id}' of another speaker, expected one of its own.`);
      }
      ids.set(id, speakerId);
    }
  }
  if (problems.length > 0) return { problems };
  let count = 0;
  const nextId = () => {
    do count++;
    while (ids.has(`request-${count}`));
    return `request-${count}`;
  };
  const requests = bySpeaker.map(([SpeakerId, rows]) => ({
    RequestId: rows.find(({ requestId }) => requestId !== undefined)?.requestId ?? nextId(),
    SpeakerId,
    AudioSpecifications: rows.map(({ recording, channelId }) => ({ S3Uri: recording, ChannelId: channelId })),
  }));
  return { requests };
}

/** Manifests of at most so many requests, full ones first. */
export function manifestsOf(requests: readonly EnrollmentRequest[], most = MAX_REQUESTS): Manifest[] {
  const count = Math.ceil(requests.length / most);
  return Array.from({ length: count }, (_, index) => ({
    Version: '1.0',
    SpeakerEnrollmentRequests: requests.slice(index * most, (index + 1) * most),
  }));
}
