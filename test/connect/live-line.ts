import type { Server, ServerResponse } from 'node:http';
import { KinesisVideoClient } from '@aws-sdk/client-kinesis-video';
import { KinesisVideoMediaClient } from '@aws-sdk/client-kinesis-video-media';
import { VoiceIDClient } from '@aws-sdk/client-voice-id';
import type { VideoStreams } from '../../connect/call/video-stream.ts';
import { readWav } from '../../engine/audio/wav.ts';
import { createGateway } from '../../local/gateway.ts';
import { createVideoStreams } from '../../local/video-streams.ts';

/** A chunk as the engine got it. */
export interface Chunk {
  session: string;
  query: Record<string, string>;
  samples: Buffer;
}

/** The local Kinesis Video Streams on a port, and an engine that only writes down what it is fed. */
export interface LiveLine {
  origin: string;
  chunks: Chunk[];
  /** What the engine answers to a chunk; asked before it is written down. `taken`: it is, although its answer says not. */
  answer: (chunk: Chunk) => { status: number; refusal?: Record<string, string>; taken?: boolean; nextOffset?: number };
  /** Told of each answer to GetMedia, to break it. */
  onGetMedia: (response: ServerResponse) => void;
  deps: {
    sessions: { endpoint: string; domainId: string; voiceId: VoiceIDClient };
    streams: VideoStreams;
    chunkSeconds: number;
  };
  /** Everything that a session was fed. */
  heard(session: string): Buffer;
  close(): void;
}

function samplesOf(body: Uint8Array): Buffer {
  if (body.length === 0) return Buffer.alloc(0);
  const samples = Int16Array.from(readWav(body, 0, 'of a chunk'), (sample) => Math.round(sample * 32_768));
  return Buffer.from(samples.buffer);
}

export async function startLiveLine(idleMs: number): Promise<LiveLine> {
  const videoStreams = createVideoStreams(Date.now);
  const unused = () => {
    throw new Error('Not of this test.');
  };
  const server: Server = createGateway({
    voiceId: async (request) => {
      const { pathname, searchParams } = new URL(request.url);
      const session = /^\/_sessions\/[^/]+\/([^/]+)\/audio$/.exec(pathname)?.[1] ?? '';
      const samples = samplesOf(new Uint8Array(await request.arrayBuffer()));
      const chunk = { session, query: Object.fromEntries(searchParams), samples };
      const { status, refusal, taken = status === 200, nextOffset: NextOffset } = line.answer(chunk);
      if (taken) line.chunks.push(chunk);
      return Response.json(refusal ?? { NetSpeechSeconds: 42, NextOffset }, { status });
    },
    eventBus: unused,
    stepFunctions: unused,
    database: unused,
    queues: unused,
    objectStorage: unused,
    invoke: unused,
    videoStreams: {
      ...videoStreams,
      getMedia: (input, response) => {
        line.onGetMedia(response);
        return videoStreams.getMedia(input, response);
      },
    },
    console: async () => new Response('console'),
    health: () => ({ status: 'ok' }),
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const origin = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  const options = {
    region: 'us-east-1',
    endpoint: origin,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  };
  const line: LiveLine = {
    origin,
    chunks: [],
    answer: () => ({ status: 200 }),
    onGetMedia: () => undefined,
    deps: {
      sessions: { endpoint: origin, domainId: 'd'.repeat(22), voiceId: new VoiceIDClient(options) },
      streams: {
        kinesisVideo: new KinesisVideoClient(options),
        mediaAt: (endpoint) => new KinesisVideoMediaClient({ ...options, endpoint }),
        idleMs,
        pauseMs: 10,
      },
      chunkSeconds: 0,
    },
    heard: (session) =>
      Buffer.concat(line.chunks.filter((chunk) => chunk.session === session).map(({ samples }) => samples)),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  return line;
}
