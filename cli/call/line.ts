import { randomUUID } from 'node:crypto';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { z } from 'zod';
import { AGENT, CUSTOMER } from '../../connect/call/fragments.ts';
import { clusterElement, fileHead, tagsElement, tracksElement } from '../../local/matroska-writer.ts';
import { streamArn } from '../../local/video-streams.ts';

/** A call on the line, as Amazon Connect streams it: the customer on one track, silence from the agent on the other. */
export interface Line {
  contactId: string;
  streamName: string;
  streamArn: string;
  /** The number of the fragment with which the streaming began. */
  startFragment: string;
  /** Sends what the customer says: PCM-16, 8 kHz. */
  say(samples: Uint8Array): void;
  hangUp(): void;
}

const acknowledged = z.object({ FragmentNumber: z.string() });
/** 100 ms, with which the streaming begins. */
const SILENCE = new Uint8Array(1600);

/** The first line of the answer to PutMedia, which comes while the media goes on. */
async function firstFragment(sending: ClientRequest): Promise<string> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    sending.once('response', resolve);
    sending.once('error', reject);
  });
  let text = '';
  return new Promise((resolve, reject) => {
    response.on('data', (chunk) => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end >= 0) resolve(acknowledged.parse(JSON.parse(text.slice(0, end))).FragmentNumber);
    });
    response.once('end', () => reject(new Error(`The stream could not be put: ${text.slice(0, 300)}`)));
  });
}

/**
 * Opens a line to the local Kinesis Video Streams.
 * @param name of the stream: Amazon Connect uses one for one contact after another.
 */
export async function openLine(origin: string, name = `vivavoce-connect-local-contact-${randomUUID()}`): Promise<Line> {
  const contactId = randomUUID();
  const sending = request(`${origin}/putMedia`, { method: 'POST', headers: { 'x-amzn-stream-name': name } });
  const tags = { ContactId: contactId, MimeType: 'audio/L16;rate=8000;channels=1;', Events: '[]' };
  const send = (customer: Uint8Array) => {
    const tracks = [customer, new Uint8Array(customer.length)];
    sending.write(
      Buffer.concat([
        fileHead(),
        tracksElement([CUSTOMER, AGENT]),
        tagsElement(tags),
        clusterElement(Date.now(), tracks),
      ]),
    );
  };
  send(SILENCE);
  const startFragment = await firstFragment(sending);
  // A cloud that is stopped meanwhile is told by the calls of its functions.
  sending.on('error', () => undefined);
  return {
    contactId,
    streamName: name,
    streamArn: streamArn(name),
    startFragment,
    say: send,
    hangUp: () => void sending.end(),
  };
}
