import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { ElementReader, ID } from '../connect/call/ebml.ts';
import { arn } from './account.ts';
import { AwsError } from './aws-error.ts';
import { element, fileHead, tagsElement } from './matroska-writer.ts';

/** The local Kinesis Video Streams: what a producer puts is there for whoever reads, while it comes and for an hour. */
export interface VideoStreams {
  /** `GetDataEndpoint`; each stream is at this very origin. */
  getDataEndpoint(input: unknown, origin: string): object;
  /** `PutMedia`: Matroska as it comes; each cluster is a fragment, acknowledged as it is there. */
  putMedia(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** `GetMedia`: from a fragment on, as fragments come. */
  getMedia(input: unknown, response: ServerResponse): Promise<void>;
}

interface Fragment {
  number: string;
  timestamp: number;
  /** Contents of the elements as the producer wrote them. */
  tracks: Uint8Array;
  cluster: Uint8Array;
  tags: readonly Uint8Array[];
}

interface Stream {
  fragments: Fragment[];
  /** Whether a producer is connected. */
  open: boolean;
  changedAt: number;
  /** Called when a fragment comes or the producer goes. */
  waiting: Set<() => void>;
}

const RETENTION_MS = 60 * 60_000;

export const streamArn = (name: string): string => arn('kinesisvideo', `stream/${name}/1700000000000`);
const nameOf = (streamArnOrName: string): string => /:stream\/([^/]+)\//.exec(streamArnOrName)?.[1] ?? streamArnOrName;

const named = z.object({ StreamARN: z.string().optional(), StreamName: z.string().optional() });
const getMediaInput = named.extend({
  StartSelector: z.union([
    z.object({ StartSelectorType: z.literal('FRAGMENT_NUMBER'), AfterFragmentNumber: z.string().regex(/^\d+$/) }),
    z.object({ StartSelectorType: z.enum(['EARLIEST', 'NOW']) }),
  ]),
});

/** 47 digits, as the service's have; in the order of their time. */
const fragmentNumber = (timestamp: number, index: number): string =>
  `91343852333181${String(timestamp).padStart(14, '0')}${String(index).padStart(19, '0')}`;

/** A fragment as GetMedia sends it: a file of its own, its number before its cluster, other tags after it. */
function file({ number, timestamp, tracks, cluster, tags }: Fragment, behindMs: number): Buffer {
  const seconds = (timestamp / 1000).toFixed(3);
  return Buffer.concat([
    fileHead(),
    element(ID.Tracks, tracks),
    tagsElement({
      AWS_KINESISVIDEO_FRAGMENT_NUMBER: number,
      AWS_KINESISVIDEO_SERVER_TIMESTAMP: seconds,
      AWS_KINESISVIDEO_PRODUCER_TIMESTAMP: seconds,
    }),
    element(ID.Cluster, cluster),
    ...tags.map((content) => element(ID.Tags, content)),
    tagsElement({
      AWS_KINESISVIDEO_MILLIS_BEHIND_NOW: String(behindMs),
      AWS_KINESISVIDEO_CONTINUATION_TOKEN: number,
    }),
  ]);
}

/** When a reader has taken what it was sent, or is gone. */
const drained = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
  });

/** @param now epoch milliseconds. */
export function createVideoStreams(now: () => number): VideoStreams {
  const streams = new Map<string, Stream>();

  const find = (input: unknown): Stream => {
    const { StreamARN, StreamName } = named.parse(input);
    const stream = streams.get(nameOf(StreamARN ?? StreamName ?? ''));
    if (stream === undefined) throw new AwsError('ResourceNotFoundException', 'There is no such stream.', 404);
    return stream;
  };
  const tell = (stream: Stream) => {
    stream.changedAt = now();
    for (const wake of stream.waiting) wake();
  };
  const forgetOld = () => {
    for (const [name, { changedAt, open }] of streams) {
      if (!open && now() - changedAt > RETENTION_MS) streams.delete(name);
    }
  };

  return {
    getDataEndpoint(input, origin) {
      find(input);
      return { DataEndpoint: origin };
    },

    async putMedia(request, response) {
      forgetOld();
      const name = nameOf(String(request.headers['x-amzn-stream-arn'] ?? request.headers['x-amzn-stream-name'] ?? ''));
      if (name === '') throw new AwsError('InvalidArgumentException', 'Found no x-amzn-stream-name.');
      const stream = streams.get(name) ?? { fragments: [], open: true, changedAt: now(), waiting: new Set() };
      streams.set(name, stream);
      stream.open = true;
      const elements = new ElementReader();
      let tracks: Uint8Array = new Uint8Array();
      let tags: Uint8Array[] = [];
      const add = (cluster: Uint8Array) => {
        const timestamp = now();
        const number = fragmentNumber(timestamp, stream.fragments.length + 1);
        stream.fragments.push({ number, timestamp, tracks, cluster, tags });
        response.write(`${JSON.stringify({ EventType: 'PERSISTED', FragmentNumber: number })}\n`);
        tell(stream);
      };
      response.writeHead(200, { 'content-type': 'application/json' });
      try {
        const take = ({ id, content }: { id: number; content: Uint8Array }) => {
          if (id === ID.EBML) tags = [];
          else if (id === ID.Tracks) tracks = content;
          else if (id === ID.Tags) tags = [...tags, content];
          else if (id === ID.Cluster) add(content);
        };
        for await (const chunk of request) for (const each of elements.push(chunk)) take(each);
        for (const each of elements.end()) take(each);
      } finally {
        stream.open = false;
        tell(stream);
        response.end();
      }
    },

    async getMedia(input, response) {
      const parsed = getMediaInput.safeParse(input);
      if (!parsed.success) {
        const expected = 'FRAGMENT_NUMBER with AfterFragmentNumber, EARLIEST or NOW';
        throw new AwsError('InvalidArgumentException', `Expected a StartSelector of the type ${expected}.`);
      }
      const stream = find(input);
      const { StartSelector } = parsed.data;
      let next = 0;
      if (StartSelector.StartSelectorType === 'NOW') next = stream.fragments.length;
      if (StartSelector.StartSelectorType === 'FRAGMENT_NUMBER') {
        const after = BigInt(StartSelector.AfterFragmentNumber);
        while (next < stream.fragments.length && BigInt(stream.fragments[next]?.number ?? 0) <= after) next++;
      }
      response.writeHead(200, { 'content-type': 'video/webm' });
      let gone = false;
      let wake: () => void = () => undefined;
      const awaken = () => wake();
      response.once('close', () => {
        gone = true;
        awaken();
      });
      stream.waiting.add(awaken);
      try {
        while (!gone) {
          const fragment = stream.fragments[next];
          if (fragment !== undefined) {
            next++;
            if (!response.write(file(fragment, now() - fragment.timestamp))) await drained(response);
          } else if (!stream.open) break;
          else {
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
          }
        }
      } finally {
        stream.waiting.delete(awaken);
        response.end();
      }
    },
  };
}
